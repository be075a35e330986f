import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface HttpRecorder extends AsyncDisposable {
  url: string;
  requests: RecordedRequest[];
}

/** A server on a free port that keeps its requests. It answers as told; undefined leaves a request without an answer. */
export async function openHttpRecorder(
  answerTo: (
    request: RecordedRequest,
  ) => { status: number; headers?: Record<string, string>; body?: string } | undefined = () => ({
    status: 200,
  }),
): Promise<HttpRecorder> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: await text(incoming) };
    requests.push(request);
    const answer = answerTo(request);
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
