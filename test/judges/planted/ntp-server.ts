/** The source of a time server on 127.0.0.1:123. Its argument says how many seconds its clock is ahead. */
export function ntpServerProgram(): string {
  return `
    const socket = require('node:dgram').createSocket('udp4');
    const aheadMs = Number(process.argv[1]) * 1000;
    const SECONDS_FROM_1900_TO_1970 = 2208988800;
    socket.on('message', (request, { port, address }) => {
      const answer = Buffer.alloc(48);
      answer[0] = 0x1c;
      answer[1] = 2;
      request.copy(answer, 24, 40, 48);
      const nowMs = Date.now() + aheadMs;
      for (const at of [16, 32, 40]) {
        answer.writeUInt32BE(Math.floor(nowMs / 1000) + SECONDS_FROM_1900_TO_1970, at);
        answer.writeUInt32BE(Math.floor(((nowMs % 1000) / 1000) * 2 ** 32) || 1, at + 4);
      }
      socket.send(answer, port, address);
    });
    socket.bind(123, '127.0.0.1', () => console.log('ready'));
  `;
}
