// One session: Express serves the page behind the key, Socket.IO carries EasyRTC's signaling, and "Ready!" is
// published on webrtc.<key> once Redis is reached. Arguments: --port= --key= --redis_port=
"use strict";
const http = require("http");
const path = require("path");
const express = require("express");
const { Server } = require("socket.io");
const easyrtc = require("open-easyrtc");
const { createClient } = require("redis");

const args = Object.fromEntries(process.argv.slice(2).map((a) => a.replace(/^--/, "").split("=")));
const app = express();
for (const page of ["/users", "/participants", "/devices"]) {
  app.get(page, (req, res) => {
    if (req.query.key !== args.key) return res.sendStatus(403);
    res.sendFile(path.join(__dirname, "page.html"));
  });
}
const web = http.createServer(app).listen(Number(args.port), "127.0.0.1");
const sockets = new Server(web, { path: `/websocket/${args.port}/`, cookie: false });

easyrtc.setOption("appIceServers", []);
easyrtc.setOption("logLevel", "error");
easyrtc.listen(app, sockets, {}, async (err) => {
  if (err) throw err;
  const redis = createClient({ url: `redis://127.0.0.1:${args.redis_port}` });
  await redis.connect();
  await redis.publish(`webrtc.${args.key}`, "Ready!");
});
