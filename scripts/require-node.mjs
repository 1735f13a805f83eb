// npm puts the pinned Node (the `node` dev dependency) first on the path of every script. With
// `--ignore-scripts` that binary is missing and scripts run on the machine's own Node: say so, early.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Twinlog's scripts need Node 24, and this is Node ${process.versions.node}. ` +
      'The pinned one comes with `npm install`; install again without `--ignore-scripts`.',
  );
  process.exit(1);
}
