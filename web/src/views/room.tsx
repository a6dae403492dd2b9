import "../ui/ui.css";
import { render } from "preact";
import { LiveRegions } from "../ui/live.tsx";

render(<LiveRegions />, document.getElementById("app")!);
