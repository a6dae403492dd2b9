// The objects that OpenTera's REST interface and the rehab service send, as far as the dashboard uses them.
import type { Kind } from "../signaling/messages.ts";

export interface Site {
  id_site: number;
  site_name: string;
}

export interface Project {
  id_project: number;
  id_site: number;
  project_name: string;
  project_enabled?: boolean;
}

export interface Participant {
  id_participant: number;
  participant_uuid: string;
  participant_name: string;
  id_project: number;
  participant_email?: string | null;
  participant_lastonline?: string | null;
  participant_token_enabled?: boolean;
  participant_token?: string | null;
  participant_online?: boolean;
  participant_busy?: boolean;
}

export interface User {
  id_user: number;
  user_uuid: string;
  user_name: string;
  user_lastonline?: string | null;
  user_online?: boolean;
  user_busy?: boolean;
}

export interface Device {
  id_device: number;
  device_uuid: string;
  device_name: string;
  device_lastonline?: string | null;
  device_online?: boolean;
  device_busy?: boolean;
}

export interface SessionType {
  id_session_type: number;
  session_type_name: string;
  session_type_color?: string;
  /** 1: run by a service. */
  session_type_category: number;
  id_service: number | null;
  session_type_service_key?: string;
}

/** 0 planned, 1 in progress, 2 completed, 3 cancelled, 4 terminated. */
export type SessionStatus = 0 | 1 | 2 | 3 | 4;

export interface Session {
  id_session: number;
  session_uuid: string;
  session_name: string;
  id_session_type: number;
  session_type_name?: string;
  /** ISO 8601. */
  session_start_datetime: string;
  /** In seconds. */
  session_duration: number;
  session_status: SessionStatus;
  session_creator_user?: string;
  session_users?: { user_uuid: string; user_name: string }[];
  session_participants?: { participant_uuid: string; participant_name: string }[];
  session_devices?: { device_uuid: string; device_name: string }[];
}

export interface SessionEvent {
  id_session_event: number;
  id_session_event_type: number;
  session_event_datetime: string;
  session_event_text: string | null;
}

/** Who a request to the session manager is about, by uuid. A list that is left out would mean "everybody on record". */
export interface Invitees {
  session_users: string[];
  session_participants: string[];
  session_devices: string[];
}

export type Manage =
  | ({ action: "start"; id_session: number; id_session_type: number; id_service?: number; parameters?: unknown } & Invitees)
  | { action: "stop"; id_session: number }
  | ({ action: "invite"; id_session: number } & Invitees)
  | ({ action: "remove"; id_session: number } & Invitees)
  | { action: "invite_reply"; session_uuid: string; parameters: { reply_code: 1 | 2 | 3 | 4; reply_msg?: string } };

export type Managed =
  | { status: "started" | "stopped" | "invited" | "removed" | "OK"; session?: ManagedSession }
  | { status: "error"; error_text?: string };

export interface ManagedSession {
  id_session: number;
  session_uuid: string;
  session_name?: string;
  session_url_users?: string;
}

/** GET api/config of the rehab service. */
export interface Config {
  version: string;
  service_key: string;
  service_uuid: string;
}

/** How far somebody has come; a newer service may know more words. */
export type MemberStatus =
  | "invited" | "online" | "opening" | "in_room" | "reconnecting" | "left" | "refused" | "busy" | "no_answer" | "removed";

export interface Member {
  kind: Kind;
  uuid: string;
  name: string;
  status: MemberStatus;
}

/** A running session, from the rehab service. */
export interface Running {
  id_session: number;
  session_uuid: string;
  session_name: string;
  id_session_type: number;
  /** RFC 3339. */
  started_at: string;
  creator: { kind: Kind; uuid: string; name: string } | null;
  can_manage: boolean;
  /** The asking user's own address of the session, or null when not invited. */
  url: string | null;
  members: Member[] | null;
}
