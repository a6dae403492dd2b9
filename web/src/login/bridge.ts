/** What OpenTeraPlus offers to the login pages when it shows them (its object "qtObject"). */
interface QtObject {
  sendLoginSuccess(token: string, websocketURL: string, uuid: string): void;
  sendLoginFailure(message: string): void;
  sendCheckInProgress(): void;
  sendSetupInProgress(): void;
  sendPasswordChangeInProgress(): void;
  sendRedirectToLogin(): void;
}

interface Host {
  qt?: { webChannelTransport?: unknown };
  QWebChannel?: new (transport: unknown, ready: (channel: { objects: { qtObject?: QtObject } }) => void) => unknown;
}

/** Bridge tells the desktop program around the page how the login goes; in a browser there is none. */
export type Bridge = QtObject;

/** connectBridge finds the desktop program, if the page is inside it. */
export async function connectBridge(host: Host = window as Host): Promise<Bridge | undefined> {
  const transport = host.qt?.webChannelTransport;
  if (transport === undefined) return undefined;
  if (!host.QWebChannel) await load("qrc:///qtwebchannel/qwebchannel.js");
  const Channel = host.QWebChannel;
  if (!Channel) return undefined;
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 3_000, undefined); // a program that does not answer: the page works without it
    new Channel(transport, (channel) => {
      clearTimeout(late);
      resolve(channel.objects.qtObject);
    });
  });
}

function load(address: string): Promise<void> {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = script.onerror = () => resolve();
    document.head.append(script);
  });
}
