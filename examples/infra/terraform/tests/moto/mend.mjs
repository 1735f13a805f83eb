// Stands in front of moto 5.2 and puts into its answers what the real services say and it leaves out, so that Terraform
// finds what it made: nothing else passes through changed. Requests go through one at a time.
//
// - API Gateway: a custom domain's status, host and hosted zone, and no mutual TLS where none is;
// - Lambda: a function's logging configuration, as it was asked for;
// - SQS: a redrive policy as it was given, without spaces put into it.
import { createServer, request } from 'node:http';

const body = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const parsed = (bytes) => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

/** Listens on a free port of loopback, before moto on `motoPort`. Resolves to the port, and how to stop. */
export async function mendMoto(motoPort) {
  const logging = new Map();

  const mend = (asked, answer) => {
    if (asked.url.startsWith('/v2/domainnames')) {
      for (const domain of answer.items ?? [answer]) {
        if (Object.keys(domain.mutualTlsAuthentication ?? {}).length === 0)
          delete domain.mutualTlsAuthentication;
        for (const configuration of domain.domainNameConfigurations ?? []) {
          configuration.domainNameStatus ??= 'AVAILABLE';
          configuration.apiGatewayDomainName ??= `d-${domain.domainName}.execute-api.amazonaws.com`;
          configuration.hostedZoneId ??= 'Z1UJRXOUMOOFQ8';
        }
      }
    }
    if (asked.url.startsWith('/2015-03-31/functions')) {
      const wanted = parsed(asked.body);
      const name = wanted?.FunctionName ?? /functions\/([^/]+)\/configuration/.exec(asked.url)?.[1];
      if (wanted?.LoggingConfig && name) logging.set(name, wanted.LoggingConfig);
      for (const configuration of [answer, answer.Configuration ?? {}]) {
        const known = logging.get(configuration.FunctionName);
        if (known) configuration.LoggingConfig = known;
      }
    }
    if (answer.Attributes?.RedrivePolicy) {
      answer.Attributes.RedrivePolicy = JSON.stringify(JSON.parse(answer.Attributes.RedrivePolicy));
    }
    return answer;
  };

  /** Asks moto. Rejects where it does not answer. */
  const pass = ({ method, url, headers, body: sent }) =>
    new Promise((resolve, reject) => {
      const passed = request({ host: '127.0.0.1', port: motoPort, path: url, method, headers });
      passed.on('error', reject);
      passed.on('response', async (answered) => {
        const { statusCode, headers: all } = answered;
        resolve({ statusCode, headers: all, bytes: await body(answered) });
      });
      passed.end(sent);
    });

  // One at a time: moto answers from threads over one state, where of two changes at once one can be lost.
  let before = Promise.resolve();
  const server = createServer(async (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const asked = { method, url, headers, body: await body(incoming) };
    const answered = before.then(() => pass(asked));
    before = answered.catch(() => {});
    try {
      const { statusCode, headers: all, bytes } = await answered;
      const json = parsed(bytes);
      const told =
        json === null || typeof json !== 'object' ? bytes : Buffer.from(JSON.stringify(mend(asked, json)));
      const { 'transfer-encoding': _, ...kept } = all;
      outgoing.writeHead(statusCode, { ...kept, 'content-length': told.length });
      outgoing.end(method === 'HEAD' ? undefined : told);
    } catch {
      outgoing.writeHead(502).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, stop: () => server.close() };
}
