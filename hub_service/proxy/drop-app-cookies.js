// Keeps the OpenHEXA App's cookies away from everything behind the proxy but the hub itself.
//
// A cookie belongs to a host, not to a path of it, so a browser sends the App's session to every notebook server that shares the host
// with the App. This module is loaded into the unchanged configurable-http-proxy 5.x before it starts:
//
//   NODE_OPTIONS="--import file:///srv/openhexa/drop-app-cookies.js" configurable-http-proxy …
//
// configurable-http-proxy emits `proxyRequest` and `proxyRequestWs` once it knows the target and before it forwards; what stands in
// `req.headers` then is what the target receives.
//
//   OPENHEXA_APP_COOKIES   names, separated by commas; default: sessionid,csrftoken
//   OPENHEXA_HUB_BASE_URL  the hub's base_url; default: /

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const PROXY_EVENTS = new Set(["proxyRequest", "proxyRequestWs"]);

/** Return a Cookie header without the cookies named, or undefined when none remains. All others stay as they are, byte for byte. */
export function withoutCookies(header, names) {
  const kept = header.split(";").filter((cookie) => !names.has(cookie.split("=", 1)[0].trim()));
  const text = kept.join(";").trim();
  return text === "" ? undefined : text;
}

/** Tell whether the proxy routes this request to the hub, by the path that the proxy itself reads. */
export function isForHub(url, baseUrl) {
  try {
    return decodeURIComponent(new URL(url, "http://proxy.invalid").pathname).startsWith(`${baseUrl}hub/`);
  } catch {
    return false;
  }
}

/** Return the settings that the environment holds. */
export function readSettings(environment) {
  const names = (environment.OPENHEXA_APP_COOKIES || "sessionid,csrftoken").split(",").map((name) => name.trim());
  const base = (environment.OPENHEXA_HUB_BASE_URL || "/").replace(/^\/*|\/*$/g, "");
  return { names: new Set(names.filter((name) => name !== "")), baseUrl: base === "" ? "/" : `/${base}/` };
}

/** Make every instance of the proxy's class drop the App's cookies before it forwards. */
export function install(ConfigurableProxy, { names, baseUrl }) {
  const emit = ConfigurableProxy.prototype.emit;
  ConfigurableProxy.prototype.emit = function (event, req, ...rest) {
    if (PROXY_EVENTS.has(event) && req.headers.cookie !== undefined && !isForHub(req.url, baseUrl)) {
      const cookies = withoutCookies(req.headers.cookie, names);
      if (cookies === undefined) delete req.headers.cookie;
      else req.headers.cookie = cookies;
    }
    return emit.call(this, event, req, ...rest);
  };
}

/** Return the file of the proxy's class when this process is the proxy. Other programs that inherit NODE_OPTIONS are left alone. */
function proxyFile() {
  if (process.argv[1] === undefined || !fs.existsSync(process.argv[1])) return undefined;
  const program = fs.realpathSync(process.argv[1]);
  if (!path.basename(program).startsWith("configurable-http-proxy")) return undefined;
  return path.join(path.dirname(program), "..", "lib", "configproxy.js");
}

const file = proxyFile();
if (file !== undefined) {
  // An import that fails stops the process: a proxy without this protection must not run.
  const { ConfigurableProxy } = await import(pathToFileURL(file).href);
  install(ConfigurableProxy, readSettings(process.env));
}
