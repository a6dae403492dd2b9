import { production } from "../lib/system.mjs";
import { journey } from "./journey.mjs";

journey("NGINX, redis-server, PostgreSQL", production);
