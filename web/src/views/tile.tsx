import { CameraOff, Ellipsis, MicOff, Pin, PinOff, Users, ChartNoAxesColumn, UserX, MonitorUp, VolumeX, Wifi, WifiOff } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RemoteTrack } from "../media/negotiation.ts";
import type { Peer } from "../signaling/messages.ts";
import { Icon } from "../ui/icon.tsx";
import { Menu, type MenuEntry } from "../ui/menu.tsx";
import { type App, useApp } from "./app.ts";
import { Avatar } from "./avatar.tsx";
import { secondsSince } from "./clock.ts";
import { setFocus } from "./focus.ts";
import { nameOf, titleOf } from "./names.ts";
import { qualityOf } from "./quality.ts";
import { t } from "./text.ts";
import type { Tile } from "./tiles.ts";
import { Video } from "./video.tsx";
import { pinnedAs, shownAs } from "./shown.ts";

type PeerTileModel = Extract<Tile, { type: "peer" }>;

/** PeerTile shows one source of a peer, with its name and state in words. */
export function PeerTile({ tile }: { tile: PeerTileModel }) {
  const app = useApp();
  const { room, page } = app;
  const { peer, source } = tile;
  const video = useLast(tile);
  const [picture, setPicture] = useState(false);
  const [open, setOpen] = useState(false);
  const lostAt = useLostAt(peer.connected);
  const state = peer.state ?? {};
  const hasVideo = video !== undefined && (source !== "camera" || state.camera !== false);
  const frozen = room.interrupted.value || !peer.connected;
  const speaking = source === "camera" && room.speaking.value.includes(peer.id) && state.microphone !== false;
  const stalled = hasVideo && !frozen ? room.stalled.value.get(video.id) : undefined;
  useEffect(() => {
    if (!hasVideo) setPicture(false); // the next one is waited for
  }, [hasVideo]);
  const wanted = (app.pinned.value ?? app.focus.value?.key) === tile.key;
  useEffect(() => {
    if (!video || !wanted) return;
    pinnedAs(video.id, true);
    return () => pinnedAs(video.id, false);
  }, [video?.id, wanted]);
  const paused = hasVideo && !frozen && !stalled && room.reduced.value.get(video.id) === true;
  const title = titleOf(peer, source);
  const names = ["tile", source, speaking && "speaking", frozen && "dimmed"].filter(Boolean).join(" ");
  return (
    <article class={names} tabIndex={0} aria-label={describe(app, tile)} {...pinning(app, tile.key)}>
      {hasVideo ? (
        <Video
          track={video.media}
          frozen={frozen}
          label={title}
          onPicture={setPicture}
          onElement={(element) => shownAs(video.id, element)}
        />
      ) : (
        <Avatar name={nameOf(peer)} />
      )}
      {paused && <p class="tile-note strong long">{t("room.pausedPicture")}</p>}
      {stalled && <p class="tile-note strong long">{t(`room.stalled.${stalled}`)}</p>}
      {hasVideo && !picture && !frozen && !stalled && !paused && (
        <p class="tile-note">
          <span class="spinner" aria-hidden="true" />
          {t("room.pictureComing")}
        </p>
      )}
      {lostAt !== undefined && room.trouble.value === undefined && (
        <p class="tile-note strong">{t("room.peerReconnecting", { seconds: secondsSince(lostAt) })}</p>
      )}
      <TileLabel tile={tile} />
      {page === "users" && (
        <div class={open ? "tile-menu open" : "tile-menu"}>
          <Menu onOpen={setOpen} class="tile-button" label={t("room.actions", { name: title })} entries={entries(app, tile)}>
            <span class="tile-button-face">
              <Icon of={Ellipsis} />
              <span class="tile-button-word">{t("room.actionsShort")}</span>
            </span>
          </Menu>
        </div>
      )}
    </article>
  );
}

/** TileLabel is the name with what one has to know: sound, picture, connection. */
function TileLabel({ tile }: { tile: PeerTileModel }) {
  const { room, page } = useApp();
  const { peer, source, video } = tile;
  const quality = qualityOf(room, peer);
  const height = video && room.report.value?.tracks.get(video.id)?.height;
  return (
    <div class="tile-label" aria-hidden="true">
      <span class="tile-name">
        {source === "screen" && <Icon of={MonitorUp} />}
        {titleOf(peer, source)}
      </span>
      {source === "camera" && peer.state?.microphone === false && (
        <span class="tile-state off">
          <Icon of={MicOff} />
          {t("room.micOff")}
        </span>
      )}
      {source === "camera" && soundStalled(room, peer) && (
        <span class="tile-state off">
          <Icon of={VolumeX} />
          {t("room.stalled.sound")}
        </span>
      )}
      {source === "camera" && peer.state?.camera === false && (
        <span class="tile-state off">
          <Icon of={CameraOff} />
          {t("room.camOff")}
        </span>
      )}
      {quality && (
        <span class={`tile-state quality ${quality}`}>
          <Icon of={quality === "poor" ? WifiOff : Wifi} />
          {height && page === "users" ? `${height}p · ` : ""}
          {t(`room.quality.${quality}`)}
        </span>
      )}
    </div>
  );
}

/** soundStalled reports whether the peer's voice should arrive and does not. */
function soundStalled(room: App["room"], peer: Peer): boolean {
  const voice = room.tracks.value.find((x) => x.peer === peer.id && x.source === "camera" && x.kind === "audio");
  return peer.connected && voice !== undefined && room.stalled.value.has(voice.id);
}

/** describe says all of it to a screen reader. */
function describe({ room }: App, { peer, source, video }: PeerTileModel): string {
  const state = peer.state ?? {};
  const quality = qualityOf(room, peer);
  const stalled = video && room.stalled.value.get(video.id);
  return [
    titleOf(peer, source),
    t(`room.kind.${peer.kind}`),
    t(state.microphone === false ? "room.micOff" : "room.micOn"),
    t(state.camera === false ? "room.camOff" : "room.camOn"),
    stalled && t(`room.stalled.${stalled}`),
    video && room.reduced.value.get(video.id) && t("room.pausedPicture"),
    soundStalled(room, peer) && t("room.stalled.sound"),
    quality && t(`room.quality.${quality}`),
    room.speaking.value.includes(peer.id) && t("room.speaking"),
  ]
    .filter(Boolean)
    .join(", ");
}

/** pinning makes Enter and a double click pin a tile. */
export function pinning(app: App, key: string) {
  const toggle = (): void => {
    app.pinned.value = app.pinned.value === key ? undefined : key;
  };
  return {
    onDblClick: toggle,
    // Where a tile has no room for its menu, a press makes it large; then the menu is there.
    onClick: (e: MouseEvent) => {
      if (e.currentTarget instanceof Element && e.currentTarget.closest(app.page === "users" ? ".mini" : ".place")) app.pinned.value = key;
    },
    onKeyDown: (e: KeyboardEvent) => {
      if (e.key === "Enter" && e.target === e.currentTarget) toggle();
    },
  };
}

function entries(app: App, { key, peer, source }: PeerTileModel): MenuEntry[] {
  const { room } = app;
  const pinned = app.pinned.value === key;
  const focused = app.focus.value?.key === key;
  const list: MenuEntry[] = [
    {
      label: t(pinned ? "room.unpin" : "room.pin"),
      icon: pinned ? PinOff : Pin,
      onSelect: () => (app.pinned.value = pinned ? undefined : key),
    },
  ];
  list.push({
    label: t(focused ? "room.unfocus" : "room.focus"),
    icon: Users,
    onSelect: () => setFocus(app, focused ? undefined : key),
  });
  if (source === "camera") list.push("-", ...muting(app, peer));
  list.push({ label: t("room.details"), icon: ChartNoAxesColumn, onSelect: () => (app.dialog.value = { name: "details", peer }) });
  if (room.canManage.value && peer.uuid) {
    list.push("-", {
      label: t("room.remove"),
      icon: UserX,
      danger: true,
      onSelect: () => (app.dialog.value = { name: "remove", kind: peer.kind, uuid: peer.uuid, who: nameOf(peer) }),
    });
  }
  return list;
}

function muting({ room }: App, peer: Peer): MenuEntry[] {
  const list: MenuEntry[] = [];
  if (peer.state?.microphone !== false) {
    list.push({ label: t("room.muteMicrophone"), icon: MicOff, onSelect: () => room.mute(peer.id, "audio") });
  }
  if (peer.state?.camera !== false) {
    list.push({ label: t("room.muteCamera"), icon: CameraOff, onSelect: () => room.mute(peer.id, "video") });
  }
  return list;
}

/**
 * useLast gives the video of a tile; while a lost connection comes back and the peer has none, that of before, so that
 * its last picture can stay.
 */
function useLast({ peer, source, video }: PeerTileModel): RemoteTrack | undefined {
  const last = useRef<RemoteTrack | undefined>(undefined);
  const expected = !peer.connected || peer.tracks?.some((t) => t.source === source && t.kind === "video");
  if (video || !expected) last.current = video;
  return last.current;
}

/** useLostAt remembers since when a peer is not connected. */
function useLostAt(connected: boolean): number | undefined {
  const at = useRef<number | undefined>(undefined);
  useEffect(() => {
    at.current = connected ? undefined : (at.current ?? Date.now());
  }, [connected]);
  return connected ? undefined : (at.current ?? Date.now());
}
