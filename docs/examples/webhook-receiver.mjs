import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const isEqual = (one, other) => one.length === other.length && timingSafeEqual(one, other);
const key = Buffer.from(process.env.WEBHOOK_SECRET.replace('whsec_', ''), 'base64');
createServer(async (request, response) => {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = request.headers;
  const body = await text(request);
  const good = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`);
  const isSigned = signatures.split(' ').some((one) => isEqual(Buffer.from(one), good));
  const isFresh = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  response.writeHead(isSigned && isFresh ? 204 : 401).end();
  if (isSigned && isFresh) console.log(id, body); // drop an id that you have seen before
}).listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
