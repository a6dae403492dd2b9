// Prints the status of a GET, for systems inside a network namespace: node status.mjs URL.
import { request } from "./system.mjs";

console.log(await request(process.argv[2]));
