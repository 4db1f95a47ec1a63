/**
 * The program's own sentences: errors, prompts and headings that no view of the core has. English and Chinese; every other language
 * has English here, and the core's texts in its own words.
 */

const ENGLISH = {
  signedOut: "You are signed out. Run `costrict-credit login`, or set COSTRICT_TOKEN.",
  signInAgain: "The sign-in has ended. Run `costrict-credit login`, or sign in to CoStrict again.",
  noAnswer: "The server has not answered, and nothing is stored yet.",
  notEnough: "Not enough credits: {0} costs {1}, and {2} are available.",
  priceUnknown: "It is not known what {0} costs, so nothing can be required.",
  unknownModel: "There is no model {0}. Known are: {1}.",
  unknownValue: "{0} is not possible for {1}. Possible are: {2}.",
  badDate: "{0} is not a date. Dates are written as 2026-11-30.",
  datesReversed: "The range ends before it begins: {0} to {1}.",
  bothDates: "--from and --to belong together.",
  badNumber: "{0} is not a number that {1} can have.",
  badServer: "{0} is not the address of a server: it begins with https:// and has no query.",
  badZone: "{0} is not a time zone. Time zones are written as Europe/Berlin.",
  badLanguage: "{0} is not a language tag. Language tags are written as zh-CN.",
  noPrompt: "There is no prompt: give --text, --file, --tokens or pipe it in.",
  onePrompt: "Give the prompt once: --text, --file or --tokens.",
  stdinOnce: "Token and prompt cannot both come from stdin.",
  stdinTerminal: "--token-stdin reads a pipe, and stdin is a terminal.",
  noStdinToken: "--token-stdin was given, and nothing came in.",
  cannotRead: "{0} cannot be read ({1}).",
  cannotWrite: "{0} cannot be written ({1}).",
  noTerminal: "watch needs a terminal. Without one, use `watch --json` or `status`.",
  storeFailed: "Nothing could be stored, so each call asks the server: {0}",
  noHome: "This user has no home folder. Set COSTRICT_CREDIT_HOME to a folder to use.",
  loginInsecure: "Signing in through the browser needs a server address that begins with https://.",
  loginAbsent: "This server has no sign-in through the browser. Pipe a token: `costrict-credit login --token-stdin`.",
  loginFailed: "The server does not sign in anyone at the moment (HTTP {0}). Try again in a few minutes.",
  loginOpened: "The browser shows the sign-in. Waiting until you are signed in; Ctrl+C ends it.",
  loginAddress: "Open this address in a browser. Until the sign-in has ended, show it to no one:",
  loginTimeout: "The sign-in in the browser has not ended. Start it again.",
  loginRefused: "The server does not accept this token.",
  loginDone: "Signed in as {0}.",
  loginDoneUnnamed: "Signed in.",
  loggedOut: "Signed out.",
  logoutUnconfirmed: "Signed out here. The server did not confirm it: the session there ends when it expires.",
  logoutOthers: "The sign-in is from {0}, which is not ours to end.",
  logoutNothing: "You were signed out already.",
  exported: "{0}: {1} rows.",
  exportIncomplete: "The file is not complete: {0}",
  nothingToExport: "There is nothing to export.",
  taskUnsupported: "What a task has cost is not recorded yet. This is what tasks of each kind cost as a rule:",
  demoNote: "Made-up numbers of no account.",
  planRunsOut: "At {0} credits a day: enough until {1}.",
  planEnough: "At {0} credits a day: enough until all credits have expired.",
  planUnknown: "Not known: there are fewer than three days of use.",
  planLapses: "About {0} will expire unused.",
  watchKeys: "r refresh   m hide amounts   q quit",
  unexpected: "Something unexpected happened: {0}",
} as const;

export type TextKey = keyof typeof ENGLISH;

const CHINESE: Partial<Record<TextKey, string>> = {
  signedOut: "未登录。请运行 `costrict-credit login`，或设置 COSTRICT_TOKEN。",
  signInAgain: "登录已失效。请运行 `costrict-credit login`，或在 CoStrict 中重新登录。",
  noAnswer: "服务器没有响应，本地也没有保存的数据。",
  notEnough: "积分不足：{0} 需要 {1}，可用 {2}。",
  priceUnknown: "{0} 的价格未知，无法判断是否足够。",
  unknownModel: "没有模型 {0}。可用的模型：{1}。",
  unknownValue: "{1} 不能是 {0}。可选：{2}。",
  badDate: "{0} 不是日期。日期写作 2026-11-30。",
  datesReversed: "结束日期早于开始日期：{0} 至 {1}。",
  bothDates: "--from 和 --to 必须同时给出。",
  badNumber: "{1} 不能是 {0}。",
  badServer: "{0} 不是服务器地址：地址以 https:// 开头，且不带参数。",
  badZone: "{0} 不是时区。时区写作 Asia/Shanghai。",
  badLanguage: "{0} 不是语言标签。语言标签写作 zh-CN。",
  noPrompt: "没有提示词：请用 --text、--file、--tokens 给出，或通过管道传入。",
  onePrompt: "提示词只能给出一次：--text、--file 或 --tokens。",
  stdinOnce: "令牌和提示词不能都来自标准输入。",
  stdinTerminal: "--token-stdin 读取管道，而标准输入是终端。",
  noStdinToken: "给出了 --token-stdin，但没有收到内容。",
  cannotRead: "无法读取 {0}（{1}）。",
  cannotWrite: "无法写入 {0}（{1}）。",
  noTerminal: "watch 需要终端。没有终端时请用 `watch --json` 或 `status`。",
  storeFailed: "无法保存数据，因此每次都会请求服务器：{0}",
  noHome: "该用户没有主目录。请把 COSTRICT_CREDIT_HOME 设为可用的目录。",
  loginInsecure: "通过浏览器登录要求服务器地址以 https:// 开头。",
  loginAbsent: "该服务器不支持通过浏览器登录。请通过管道传入令牌：`costrict-credit login --token-stdin`。",
  loginFailed: "服务器暂时无法登录（HTTP {0}）。请几分钟后再试。",
  loginOpened: "浏览器已打开登录页面。正在等待登录，按 Ctrl+C 取消。",
  loginAddress: "请在浏览器中打开此地址。登录完成之前，不要给任何人看：",
  loginTimeout: "浏览器中的登录没有完成。请重新开始。",
  loginRefused: "服务器不接受此令牌。",
  loginDone: "已登录：{0}。",
  loginDoneUnnamed: "已登录。",
  loggedOut: "已退出登录。",
  logoutUnconfirmed: "已在本机退出登录。服务器没有确认，那里的会话到期后结束。",
  logoutOthers: "登录信息来自 {0}，不由本程序结束。",
  logoutNothing: "本来就没有登录。",
  exported: "{0}：{1} 行。",
  exportIncomplete: "文件不完整：{0}",
  nothingToExport: "没有可导出的内容。",
  taskUnsupported: "尚未记录任务的实际费用。各类任务通常的费用如下：",
  demoNote: "演示数据，不属于任何账户。",
  planRunsOut: "每天 {0} 积分：可用到 {1}。",
  planEnough: "每天 {0} 积分：足够用到全部积分到期。",
  planUnknown: "未知：使用记录不足三天。",
  planLapses: "约 {0} 将过期未用。",
  watchKeys: "r 刷新   m 隐藏数额   q 退出",
  unexpected: "发生意外错误：{0}",
};

/** A sentence in the language of the call. */
export function text(locale: string, key: TextKey, ...values: (string | number)[]): string {
  const sentence = (isChinese(locale) ? CHINESE[key] : undefined) ?? ENGLISH[key];
  return sentence.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}

/** Traditional characters are another script: its readers have English. */
function isChinese(locale: string): boolean {
  return /^zh\b/i.test(locale) && !/\b(hant|tw|hk|mo)\b/i.test(locale.replaceAll("_", "-"));
}
