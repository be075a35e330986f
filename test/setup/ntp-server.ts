import { createSocket } from 'node:dgram';

// A time server on port 123 of loopback, as a program: `ntp-server.ts <seconds by which its clock is ahead>`.

const UNIX_TO_NTP_SECONDS = 2_208_988_800;
const aheadMs = Number(process.argv[2]) * 1000;
const socket = createSocket('udp4');

socket.on('message', (request, { port, address }) => {
  const isRequest = request.length === 48 && request[0] === 0x1b;
  if (isRequest) socket.send(answer(request, Date.now() + aheadMs), port, address);
});
socket.bind(123, '127.0.0.1', () => process.stdout.write('ready\n'));

/** Version 4, mode server, stratum 1, the request's own time, and the time at which it is sent (RFC 5905, section 7.3). */
function answer(request: Buffer, ms: number): Buffer {
  const packet = Buffer.alloc(48);
  packet.set([0x24, 1]);
  request.copy(packet, 24, 40, 48);
  packet.writeUInt32BE(Math.floor(ms / 1000) + UNIX_TO_NTP_SECONDS, 40);
  packet.writeUInt32BE(Math.max(1, Math.floor(((ms % 1000) / 1000) * 2 ** 32)), 44);
  return packet;
}
