/** The element with this id. @throws Error where the page has none, or one of another kind. */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  return inside(document, `#${id}`, kind);
}

/** The first element in another that a selector fits. @throws Error where there is none, or one of another kind. */
export function inside<Kind extends Element>(root: ParentNode, selector: string, kind: new () => Kind): Kind {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}.`);
}

/** Changes a text only where it is another one: what stays is neither drawn nor read out again. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An element with its classes and what is in it. */
export function make(name: string, className: string, ...content: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** `12:04:31` */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour12: false });
}

/** `153 ms`, `2.4 s` */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
