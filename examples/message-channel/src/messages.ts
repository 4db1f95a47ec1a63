/** What host and page of this program send each other. The panel's messages are one kind of them. */
import type { HostMessage, PageMessage, PanelEnvelope } from "costrict-credit/panel-session";

export type ToPage = { type: "taskStarted"; title: string } | PanelEnvelope<HostMessage>;
export type ToHost = { type: "startTask"; title: string } | PanelEnvelope<PageMessage>;
