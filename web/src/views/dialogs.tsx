import { Confirm } from "../ui/dialog.tsx";
import { useApp } from "./app.ts";
import { Details } from "./details.tsx";
import { Devices } from "./devices.tsx";
import { People } from "./people.tsx";
import { t } from "./text.ts";

/** Dialogs renders the dialog that is open. */
export function Dialogs() {
  const { room, dialog } = useApp();
  const open = dialog.value;
  const close = (): void => void (dialog.value = undefined);
  switch (open?.name) {
    case undefined:
      return null;
    case "devices":
      return <Devices />;
    case "people":
      return <People />;
    case "details":
      return <Details peer={open.peer} />;
    case "stopAll":
      return (
        <Confirm
          title={t("room.stopAllTitle")}
          text={t("room.stopAllText")}
          action={t("room.stopAll")}
          danger
          onConfirm={() => room.stopForAll()}
          onClose={close}
        />
      );
    case "remove":
      return (
        <Confirm
          title={t("room.removeTitle", { name: open.who })}
          text={t("room.removeText", { name: open.who })}
          action={t("room.remove")}
          danger
          onConfirm={() => room.remove(open.kind, open.uuid)}
          onClose={close}
        />
      );
  }
}
