// A clinician over REST, for what a journey prepares or checks beside the pages.
import { api } from "./system.mjs";

export class Clinic {
  constructor(sys) {
    this.sys = sys;
  }
  async login() {
    const { username, password } = this.sys.accounts;
    const basic = "Basic " + Buffer.from(`${username}:${password}`).toString("base64");
    const answer = await api(`${this.sys.base}/api/user/login`, { headers: { Authorization: basic } });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.uuid = answer.body.user_uuid;
    this.headers = { Authorization: `OpenTera ${answer.body.user_token}` };
    return this;
  }
  async get(path) {
    const answer = await api(this.sys.base + path, { headers: this.headers });
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  async manage(body) {
    const answer = await api(`${this.sys.base}/api/user/sessions/manager`, { method: "POST", headers: this.headers, body: { session_manage: body } });
    if (answer.status !== 200) throw new Error(`sessions/manager: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  async type() {
    return (this.sessionType ??= (await this.get("/api/user/sessiontypes")).find((t) => t.session_type_service_key === "VideoRehabService"));
  }
  async participants() {
    const [project] = await this.get("/api/user/projects");
    return this.get(`/api/user/participants?id_project=${project.id_project}`);
  }
  async devices() {
    return this.get("/api/user/devices");
  }
  async start(members = {}) {
    const type = await this.type();
    const answer = await this.manage({ action: "start", id_service: type.id_service, id_session: 0, id_session_type: type.id_session_type, session_users: [this.uuid], ...members });
    if (answer.status !== "started") throw new Error(`start: ${JSON.stringify(answer)}`);
    return answer.session;
  }
  async act(action, session, members = {}) {
    return this.manage({ action, id_service: (await this.type()).id_service, id_session: session.id_session, ...members });
  }
  stop(session) {
    return this.act("stop", session);
  }
  /** What rehab says of the running sessions, with this clinician's own URLs. */
  async running() {
    return (await this.get("/rehab/api/sessions")).sessions;
  }
}
