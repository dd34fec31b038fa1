import "../shared/noEval.ts";

import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { HostContext } from "./hooks.ts";
import { connectHost } from "./host.ts";

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <HostContext value={connectHost()}>
      <App />
    </HostContext>,
  );
}
