// Node's ws as an echo that compresses; prints its port. usage: echo.js perMessageDeflate-as-JSON
'use strict';
const { WebSocketServer } = require('ws');

const options = { threshold: 0, ...JSON.parse(process.argv[2]) };
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: options });

server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
