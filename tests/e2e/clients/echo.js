// Node's ws against an echo: every message comes back, the close code too.
// usage: echo.js URL [perMessageDeflate-as-JSON], which must then be agreed on
'use strict';
const assert = require('assert');
const WebSocket = require('ws');

const messages = ['', 'text', 'grüße', 'x'.repeat(100000), Buffer.alloc(0),
    Buffer.from([0, 1, 254, 255]), Buffer.alloc(1 << 20, 7)];
const deflate = process.argv[3] ? JSON.parse(process.argv[3]) : false;
const client = new WebSocket(process.argv[2], {perMessageDeflate: deflate});
let next = 0;

client.on('open', () => {
    assert.strictEqual(client.extensions, deflate ? 'permessage-deflate' : '');
    client.ping('are you there');
    for (const message of messages) client.send(message);
});
client.on('pong', (data) => assert.strictEqual(data.toString(), 'are you there'));
client.on('message', (data, isBinary) => {
    const sent = messages[next++];
    assert.strictEqual(isBinary, Buffer.isBuffer(sent));
    assert.ok(Buffer.from(data).equals(Buffer.from(sent)));
    if (next === messages.length) client.close(4000, 'done');
});
client.on('close', (code) => {
    assert.strictEqual(code, 4000);
    assert.strictEqual(next, messages.length);
    console.log('all came back');
});
client.on('error', (error) => {
    console.log(String(error));
    process.exitCode = 1;
});
