import type { PanelView } from "../../../pkg/panel";

export const panels: PanelView[] = [
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "Signed out.",
    "state": "signed_out",
    "title": "Credits",
    "announcement": "Signed out.",
    "masked": false,
    "toolbar": [
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "welcome",
        "group": "balance",
        "title": "Your credits at a glance",
        "text": "Sign in to see balance, expiry and history of your account.",
        "facts": [
          "Credits pay for requests to CoStrict's models; most requests cost about one.",
          "Each grant has its own expiry; what expires first is spent first.",
          "You get credits by registering, with a star, by inviting others, or in packages."
        ],
        "actions": [
          {
            "id": "sign_in",
            "label": "Sign in",
            "primary": true
          }
        ]
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  },
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "Reading the balance…",
    "state": "loading",
    "title": "Credits",
    "announcement": "Reading the balance…",
    "masked": false,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      },
      {
        "id": "open",
        "label": "Account page",
        "openAccount": "usage"
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "loading",
        "group": "balance",
        "title": "Balance",
        "text": "Reading the balance…"
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  },
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "The balance is not known yet. The server asks to wait.",
    "state": "problem",
    "title": "Credits",
    "announcement": "The balance is not known yet. The server asks to wait.",
    "masked": false,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      },
      {
        "id": "open",
        "label": "Account page",
        "openAccount": "usage"
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "loading",
        "group": "balance",
        "title": "Balance",
        "text": "The balance is not known yet.",
        "problem": {
          "tone": "warning",
          "title": "The server asks to wait",
          "text": "Too many requests came from this address. Your credits are not affected.",
          "actions": [
            {
              "id": "refresh",
              "label": "Try again"
            }
          ]
        }
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  },
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "No credits left. Read 10 seconds ago.",
    "state": "empty",
    "title": "Credits",
    "announcement": "No credits left.",
    "masked": false,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      },
      {
        "id": "open",
        "label": "Account page",
        "openAccount": "usage"
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "history",
        "label": "History"
      },
      {
        "id": "models",
        "label": "Models"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "balance",
        "group": "balance",
        "title": "Balance",
        "headline": {
          "value": "0",
          "caption": "credits left",
          "tone": "error"
        },
        "used": "0 of 0 used",
        "meter": {
          "label": "Used",
          "valueText": "0%, 0 of 0 used",
          "share": 0.0,
          "tone": "error"
        },
        "changes": [
          {
            "text": "1 used since the reading before",
            "tone": "neutral"
          },
          {
            "text": "0.5 of it is not explained by this editor",
            "tone": "warning"
          }
        ],
        "freshness": {
          "text": "read 10 seconds ago",
          "tone": "neutral",
          "detail": "Mon Nov 24, 20:59"
        },
        "empty": {
          "title": "No credits yet",
          "text": "Credits pay for requests to CoStrict's models; most requests cost about one. You get credits by registering, with a star, by inviting others, or in packages.",
          "actions": [
            {
              "id": "open",
              "label": "Weekly gift",
              "href": "https://costrict.ai/operation"
            },
            {
              "id": "open",
              "label": "Star on GitHub",
              "href": "https://github.com/zgsm-ai/costrict"
            },
            {
              "id": "open",
              "label": "Invitation",
              "openAccount": "activity"
            },
            {
              "id": "open",
              "label": "Package",
              "openAccount": "subscription"
            }
          ]
        }
      },
      {
        "kind": "ladder",
        "group": "balance",
        "title": "Expires",
        "rungs": [],
        "note": "Nothing to expire.",
        "table": {
          "caption": "Expires",
          "columns": [
            {
              "label": "Amount",
              "numeric": true
            },
            {
              "label": "Expires",
              "numeric": false
            },
            {
              "label": "Source",
              "numeric": false
            },
            {
              "label": "Note",
              "numeric": false
            }
          ],
          "rows": []
        }
      },
      {
        "kind": "sources",
        "group": "balance",
        "title": "Get more credits",
        "items": [
          {
            "label": "Weekly gift",
            "text": "Each Monday for those who have registered and starred; valid until the end of the month.",
            "action": {
              "id": "open",
              "label": "Weekly gift",
              "href": "https://costrict.ai/operation"
            }
          },
          {
            "label": "Star on GitHub",
            "text": "Once, for your first star.",
            "action": {
              "id": "open",
              "label": "Star on GitHub",
              "href": "https://github.com/zgsm-ai/costrict"
            }
          },
          {
            "label": "Invitation",
            "text": "When someone you invite registers, and when they star.",
            "action": {
              "id": "open",
              "label": "Invitation",
              "openAccount": "activity"
            }
          },
          {
            "label": "Package",
            "text": "Buy credits on the account page; valid for 30 days.",
            "action": {
              "id": "open",
              "label": "Package",
              "openAccount": "subscription"
            }
          }
        ]
      },
      {
        "kind": "usage",
        "group": "history",
        "title": "Usage",
        "state": "idle",
        "note": "Usage has not been loaded.",
        "ranges": {
          "id": "usage_range",
          "label": "Period",
          "options": [
            {
              "value": "today",
              "label": "Today",
              "selected": false
            },
            {
              "value": "7days",
              "label": "7 days",
              "selected": false
            },
            {
              "value": "30days",
              "label": "30 days",
              "selected": true
            },
            {
              "value": "custom",
              "label": "Own period, both days included",
              "selected": false
            }
          ]
        },
        "custom": {
          "legend": "Own period, both days included",
          "from": {
            "label": "From",
            "value": "2025-10-26"
          },
          "to": {
            "label": "To",
            "value": "2025-11-24"
          },
          "min": "2015-11-18",
          "max": "2025-11-24",
          "submit": {
            "id": "usage_custom",
            "label": "Show"
          }
        },
        "models": [],
        "modelsTitle": "By model",
        "accuracy": [],
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "usage.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "usage.json"
          }
        ]
      },
      {
        "kind": "records",
        "group": "history",
        "title": "Record",
        "state": "idle",
        "note": "The record has not been loaded.",
        "filter": {
          "id": "records_filter",
          "label": "Kind",
          "options": [
            {
              "value": "",
              "label": "All kinds",
              "selected": true
            },
            {
              "value": "recharge",
              "label": "Added",
              "selected": false
            },
            {
              "value": "transfer_in",
              "label": "Received",
              "selected": false
            },
            {
              "value": "transfer_out",
              "label": "Given",
              "selected": false
            },
            {
              "value": "expire",
              "label": "Expired",
              "selected": false
            },
            {
              "value": "deduct",
              "label": "Deducted",
              "selected": false
            },
            {
              "value": "merge_in",
              "label": "Merged",
              "selected": false
            },
            {
              "value": "other",
              "label": "Other",
              "selected": false
            }
          ]
        },
        "search": {
          "id": "records_search",
          "label": "Search",
          "placeholder": "Source, person or text",
          "value": "",
          "submit": "Search"
        },
        "columns": {
          "kind": "Kind",
          "amount": "Amount",
          "at": "Date",
          "expires": "Expires",
          "description": "Description"
        },
        "caption": "Record",
        "rows": [],
        "paging": {
          "text": "",
          "label": "Pages of the record",
          "page": 1,
          "first": 0,
          "pageSize": 20,
          "previous": {
            "id": "records_page",
            "label": "Previous page",
            "value": "1",
            "disabled": true
          },
          "next": {
            "id": "records_page",
            "label": "Next page",
            "value": "2",
            "disabled": true
          }
        },
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "records.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "records.json"
          }
        ]
      },
      {
        "kind": "voucher",
        "group": "history",
        "title": "Vouchers",
        "give": {
          "title": "Give credits",
          "text": "Makes a voucher that only the receiver can redeem. Each part keeps its expiry.",
          "unavailable": "There are no credits with a known expiry to give.",
          "receiver": {
            "label": "Account ID of the receiver",
            "hint": "The receiver finds it on the account page, under profile.",
            "maxLength": 64
          },
          "legend": "How much of each grant",
          "lines": [],
          "warning": "This cannot be taken back: the credits leave your balance at once.",
          "submit": {
            "id": "voucher_give",
            "label": "Make voucher",
            "disabled": true
          }
        },
        "redeem": {
          "title": "Redeem a voucher",
          "text": "A voucher works once, and only for the account it was made for.",
          "code": {
            "label": "Voucher code",
            "minLength": 10,
            "maxLength": 2000
          },
          "submit": {
            "id": "voucher_redeem",
            "label": "Redeem"
          }
        }
      },
      {
        "kind": "models",
        "group": "models",
        "title": "Models",
        "note": "No models are known yet.",
        "models": [],
        "table": {
          "caption": "Models",
          "columns": [
            {
              "label": "Model",
              "numeric": false
            },
            {
              "label": "Price now",
              "numeric": true
            },
            {
              "label": "Requests left",
              "numeric": true
            }
          ],
          "rows": []
        }
      },
      {
        "kind": "send",
        "group": "models",
        "title": "Next request",
        "prompt": {
          "label": "Prompt",
          "placeholder": "Type or paste a draft to see what it costs"
        },
        "model": {
          "id": "choose_model",
          "label": "Model",
          "options": []
        },
        "submit": {
          "id": "send",
          "label": "Send",
          "primary": true
        }
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  },
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "Overdrawn by 1.5 credits. Read 10 seconds ago.",
    "state": "ready",
    "title": "Credits",
    "announcement": "Overdrawn by 1.5 credits.",
    "masked": false,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      },
      {
        "id": "open",
        "label": "Account page",
        "openAccount": "usage"
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "history",
        "label": "History"
      },
      {
        "id": "models",
        "label": "Models"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "balance",
        "group": "balance",
        "title": "Balance",
        "headline": {
          "value": "-1.5",
          "caption": "credits left",
          "tone": "error"
        },
        "used": "101.5 of 100 used",
        "meter": {
          "label": "Used",
          "valueText": "100%, 101.5 of 100 used",
          "share": 1.0,
          "tone": "error"
        },
        "overdrawn": {
          "text": "Overdrawn by 1.5: new credits settle this first.",
          "tone": "error"
        },
        "changes": [
          {
            "text": "1 used since the reading before",
            "tone": "neutral"
          },
          {
            "text": "0.5 of it is not explained by this editor",
            "tone": "warning"
          }
        ],
        "freshness": {
          "text": "read 10 seconds ago",
          "tone": "neutral",
          "detail": "Mon Nov 24, 20:59"
        },
        "empty": {
          "title": "All credits are used up",
          "text": "Free models and other providers still work. New credits count at once.",
          "actions": [
            {
              "id": "open",
              "label": "Weekly gift",
              "href": "https://costrict.ai/operation"
            },
            {
              "id": "open",
              "label": "Star on GitHub",
              "href": "https://github.com/zgsm-ai/costrict"
            },
            {
              "id": "open",
              "label": "Invitation",
              "openAccount": "activity"
            },
            {
              "id": "open",
              "label": "Package",
              "openAccount": "subscription"
            }
          ]
        }
      },
      {
        "kind": "ladder",
        "group": "balance",
        "title": "Expires",
        "rungs": [],
        "note": "Nothing to expire.",
        "table": {
          "caption": "Expires",
          "columns": [
            {
              "label": "Amount",
              "numeric": true
            },
            {
              "label": "Expires",
              "numeric": false
            },
            {
              "label": "Source",
              "numeric": false
            },
            {
              "label": "Note",
              "numeric": false
            }
          ],
          "rows": []
        }
      },
      {
        "kind": "sources",
        "group": "balance",
        "title": "Get more credits",
        "items": [
          {
            "label": "Weekly gift",
            "text": "Each Monday for those who have registered and starred; valid until the end of the month.",
            "action": {
              "id": "open",
              "label": "Weekly gift",
              "href": "https://costrict.ai/operation"
            }
          },
          {
            "label": "Star on GitHub",
            "text": "Once, for your first star.",
            "action": {
              "id": "open",
              "label": "Star on GitHub",
              "href": "https://github.com/zgsm-ai/costrict"
            }
          },
          {
            "label": "Invitation",
            "text": "When someone you invite registers, and when they star.",
            "action": {
              "id": "open",
              "label": "Invitation",
              "openAccount": "activity"
            }
          },
          {
            "label": "Package",
            "text": "Buy credits on the account page; valid for 30 days.",
            "action": {
              "id": "open",
              "label": "Package",
              "openAccount": "subscription"
            }
          }
        ]
      },
      {
        "kind": "usage",
        "group": "history",
        "title": "Usage",
        "state": "idle",
        "note": "Usage has not been loaded.",
        "ranges": {
          "id": "usage_range",
          "label": "Period",
          "options": [
            {
              "value": "today",
              "label": "Today",
              "selected": false
            },
            {
              "value": "7days",
              "label": "7 days",
              "selected": false
            },
            {
              "value": "30days",
              "label": "30 days",
              "selected": true
            },
            {
              "value": "custom",
              "label": "Own period, both days included",
              "selected": false
            }
          ]
        },
        "custom": {
          "legend": "Own period, both days included",
          "from": {
            "label": "From",
            "value": "2025-10-26"
          },
          "to": {
            "label": "To",
            "value": "2025-11-24"
          },
          "min": "2015-11-18",
          "max": "2025-11-24",
          "submit": {
            "id": "usage_custom",
            "label": "Show"
          }
        },
        "models": [],
        "modelsTitle": "By model",
        "accuracy": [],
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "usage.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "usage.json"
          }
        ]
      },
      {
        "kind": "records",
        "group": "history",
        "title": "Record",
        "state": "idle",
        "note": "The record has not been loaded.",
        "filter": {
          "id": "records_filter",
          "label": "Kind",
          "options": [
            {
              "value": "",
              "label": "All kinds",
              "selected": true
            },
            {
              "value": "recharge",
              "label": "Added",
              "selected": false
            },
            {
              "value": "transfer_in",
              "label": "Received",
              "selected": false
            },
            {
              "value": "transfer_out",
              "label": "Given",
              "selected": false
            },
            {
              "value": "expire",
              "label": "Expired",
              "selected": false
            },
            {
              "value": "deduct",
              "label": "Deducted",
              "selected": false
            },
            {
              "value": "merge_in",
              "label": "Merged",
              "selected": false
            },
            {
              "value": "other",
              "label": "Other",
              "selected": false
            }
          ]
        },
        "search": {
          "id": "records_search",
          "label": "Search",
          "placeholder": "Source, person or text",
          "value": "",
          "submit": "Search"
        },
        "columns": {
          "kind": "Kind",
          "amount": "Amount",
          "at": "Date",
          "expires": "Expires",
          "description": "Description"
        },
        "caption": "Record",
        "rows": [],
        "paging": {
          "text": "",
          "label": "Pages of the record",
          "page": 1,
          "first": 0,
          "pageSize": 20,
          "previous": {
            "id": "records_page",
            "label": "Previous page",
            "value": "1",
            "disabled": true
          },
          "next": {
            "id": "records_page",
            "label": "Next page",
            "value": "2",
            "disabled": true
          }
        },
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "records.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "records.json"
          }
        ]
      },
      {
        "kind": "voucher",
        "group": "history",
        "title": "Vouchers",
        "give": {
          "title": "Give credits",
          "text": "Makes a voucher that only the receiver can redeem. Each part keeps its expiry.",
          "unavailable": "There are no credits with a known expiry to give.",
          "receiver": {
            "label": "Account ID of the receiver",
            "hint": "The receiver finds it on the account page, under profile.",
            "maxLength": 64
          },
          "legend": "How much of each grant",
          "lines": [],
          "warning": "This cannot be taken back: the credits leave your balance at once.",
          "submit": {
            "id": "voucher_give",
            "label": "Make voucher",
            "disabled": true
          }
        },
        "redeem": {
          "title": "Redeem a voucher",
          "text": "A voucher works once, and only for the account it was made for.",
          "code": {
            "label": "Voucher code",
            "minLength": 10,
            "maxLength": 2000
          },
          "submit": {
            "id": "voucher_redeem",
            "label": "Redeem"
          }
        }
      },
      {
        "kind": "models",
        "group": "models",
        "title": "Models",
        "note": "No models are known yet.",
        "models": [],
        "table": {
          "caption": "Models",
          "columns": [
            {
              "label": "Model",
              "numeric": false
            },
            {
              "label": "Price now",
              "numeric": true
            },
            {
              "label": "Requests left",
              "numeric": true
            }
          ],
          "rows": []
        }
      },
      {
        "kind": "send",
        "group": "models",
        "title": "Next request",
        "prompt": {
          "label": "Prompt",
          "placeholder": "Type or paste a draft to see what it costs"
        },
        "model": {
          "id": "choose_model",
          "label": "Model",
          "options": []
        },
        "submit": {
          "id": "send",
          "label": "Send",
          "primary": true
        }
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  },
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "41.5 credits left. 7.5 of your credits expire in 4 days. Read 10 seconds ago. No connection to the server.",
    "state": "ready",
    "title": "Credits",
    "announcement": "41.5 credits left. No connection to the server.",
    "masked": false,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Hide amounts",
        "value": "on",
        "pressed": false
      },
      {
        "id": "open",
        "label": "Account page",
        "openAccount": "usage"
      }
    ],
    "groups": [
      {
        "id": "balance",
        "label": "Balance"
      },
      {
        "id": "history",
        "label": "History"
      },
      {
        "id": "models",
        "label": "Models"
      },
      {
        "id": "settings",
        "label": "Settings"
      }
    ],
    "sections": [
      {
        "kind": "balance",
        "group": "balance",
        "title": "Balance",
        "headline": {
          "value": "41.5",
          "caption": "credits left",
          "tone": "neutral"
        },
        "used": "58.5 of 100 used",
        "meter": {
          "label": "Used",
          "valueText": "59%, 58.5 of 100 used",
          "share": 0.585,
          "tone": "neutral"
        },
        "changes": [
          {
            "text": "1 used since the reading before",
            "tone": "neutral"
          },
          {
            "text": "0.5 of it is not explained by this editor",
            "tone": "warning"
          }
        ],
        "freshness": {
          "text": "read 10 seconds ago",
          "tone": "warning",
          "label": "Outdated",
          "detail": "Mon Nov 24, 20:59"
        },
        "problem": {
          "tone": "warning",
          "title": "No connection to the server",
          "text": "Check the network and the server's address. Shown is the last known state.",
          "actions": [
            {
              "id": "refresh",
              "label": "Try again"
            }
          ]
        }
      },
      {
        "kind": "ladder",
        "group": "balance",
        "title": "Expires",
        "rungs": [
          {
            "amount": "7.5",
            "share": 0.3125,
            "when": {
              "words": "in 4 days",
              "exact": "Fri Nov 28, 23:59"
            },
            "source": "weekly gift",
            "badges": [
              {
                "kind": "next",
                "label": "pays next",
                "tone": "neutral"
              },
              {
                "kind": "soon",
                "label": "soon",
                "tone": "warning"
              }
            ],
            "summary": "7.5 credits, expires in 4 days, Fri Nov 28, 23:59, from: weekly gift, pays next"
          },
          {
            "amount": "24",
            "share": 1.0,
            "when": {
              "words": "in 27 days",
              "exact": "Sun Dec 21, 23:59"
            },
            "source": "Star on GitHub",
            "badges": [],
            "summary": "24 credits, expires in 27 days, Sun Dec 21, 23:59, from: Star on GitHub"
          },
          {
            "amount": "10",
            "share": 0.4167,
            "when": {
              "words": "in 37 days",
              "exact": "Wed Dec 31, 23:59"
            },
            "source": "Invitation",
            "badges": [],
            "summary": "10 credits, expires in 37 days, Wed Dec 31, 23:59, from: Invitation"
          }
        ],
        "table": {
          "caption": "Expires",
          "columns": [
            {
              "label": "Amount",
              "numeric": true
            },
            {
              "label": "Expires",
              "numeric": false
            },
            {
              "label": "Source",
              "numeric": false
            },
            {
              "label": "Note",
              "numeric": false
            }
          ],
          "rows": [
            [
              "7.5",
              "Fri Nov 28, 23:59",
              "weekly gift",
              "pays next, soon"
            ],
            [
              "24",
              "Sun Dec 21, 23:59",
              "Star on GitHub",
              ""
            ],
            [
              "10",
              "Wed Dec 31, 23:59",
              "Invitation",
              ""
            ]
          ]
        }
      },
      {
        "kind": "sources",
        "group": "balance",
        "title": "Get more credits",
        "items": [
          {
            "label": "Weekly gift",
            "text": "Each Monday for those who have registered and starred; valid until the end of the month.",
            "action": {
              "id": "open",
              "label": "Weekly gift",
              "href": "https://costrict.ai/operation"
            }
          },
          {
            "label": "Star on GitHub",
            "text": "Once, for your first star.",
            "action": {
              "id": "open",
              "label": "Star on GitHub",
              "href": "https://github.com/zgsm-ai/costrict"
            }
          },
          {
            "label": "Invitation",
            "text": "When someone you invite registers, and when they star.",
            "action": {
              "id": "open",
              "label": "Invitation",
              "openAccount": "activity"
            }
          },
          {
            "label": "Package",
            "text": "Buy credits on the account page; valid for 30 days.",
            "action": {
              "id": "open",
              "label": "Package",
              "openAccount": "subscription"
            }
          }
        ]
      },
      {
        "kind": "usage",
        "group": "history",
        "title": "Usage",
        "state": "idle",
        "note": "Usage has not been loaded.",
        "ranges": {
          "id": "usage_range",
          "label": "Period",
          "options": [
            {
              "value": "today",
              "label": "Today",
              "selected": false
            },
            {
              "value": "7days",
              "label": "7 days",
              "selected": false
            },
            {
              "value": "30days",
              "label": "30 days",
              "selected": true
            },
            {
              "value": "custom",
              "label": "Own period, both days included",
              "selected": false
            }
          ]
        },
        "custom": {
          "legend": "Own period, both days included",
          "from": {
            "label": "From",
            "value": "2025-10-26"
          },
          "to": {
            "label": "To",
            "value": "2025-11-24"
          },
          "min": "2015-11-18",
          "max": "2025-11-24",
          "submit": {
            "id": "usage_custom",
            "label": "Show"
          }
        },
        "models": [],
        "modelsTitle": "By model",
        "accuracy": [],
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "usage.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "usage.json"
          }
        ]
      },
      {
        "kind": "records",
        "group": "history",
        "title": "Record",
        "state": "idle",
        "note": "The record has not been loaded.",
        "filter": {
          "id": "records_filter",
          "label": "Kind",
          "options": [
            {
              "value": "",
              "label": "All kinds",
              "selected": true
            },
            {
              "value": "recharge",
              "label": "Added",
              "selected": false
            },
            {
              "value": "transfer_in",
              "label": "Received",
              "selected": false
            },
            {
              "value": "transfer_out",
              "label": "Given",
              "selected": false
            },
            {
              "value": "expire",
              "label": "Expired",
              "selected": false
            },
            {
              "value": "deduct",
              "label": "Deducted",
              "selected": false
            },
            {
              "value": "merge_in",
              "label": "Merged",
              "selected": false
            },
            {
              "value": "other",
              "label": "Other",
              "selected": false
            }
          ]
        },
        "search": {
          "id": "records_search",
          "label": "Search",
          "placeholder": "Source, person or text",
          "value": "",
          "submit": "Search"
        },
        "columns": {
          "kind": "Kind",
          "amount": "Amount",
          "at": "Date",
          "expires": "Expires",
          "description": "Description"
        },
        "caption": "Record",
        "rows": [],
        "paging": {
          "text": "",
          "label": "Pages of the record",
          "page": 1,
          "first": 0,
          "pageSize": 20,
          "previous": {
            "id": "records_page",
            "label": "Previous page",
            "value": "1",
            "disabled": true
          },
          "next": {
            "id": "records_page",
            "label": "Next page",
            "value": "2",
            "disabled": true
          }
        },
        "export": [
          {
            "id": "export",
            "label": "Export CSV",
            "value": "records.csv"
          },
          {
            "id": "export",
            "label": "Export JSON",
            "value": "records.json"
          }
        ]
      },
      {
        "kind": "voucher",
        "group": "history",
        "title": "Vouchers",
        "give": {
          "title": "Give credits",
          "text": "Makes a voucher that only the receiver can redeem. Each part keeps its expiry.",
          "receiver": {
            "label": "Account ID of the receiver",
            "hint": "The receiver finds it on the account page, under profile.",
            "maxLength": 64
          },
          "legend": "How much of each grant",
          "lines": [
            {
              "expiresAt": 1764345599000,
              "label": "7.5 until Fri Nov 28",
              "hint": "Fri Nov 28, 23:59",
              "max": 7.5,
              "step": 0.01
            },
            {
              "expiresAt": 1766332799000,
              "label": "24 until Sun Dec 21",
              "hint": "Sun Dec 21, 23:59",
              "max": 24.0,
              "step": 0.01
            },
            {
              "expiresAt": 1767196799000,
              "label": "10 until Wed Dec 31",
              "hint": "Wed Dec 31, 23:59",
              "max": 10.0,
              "step": 0.01
            }
          ],
          "warning": "This cannot be taken back: the credits leave your balance at once.",
          "submit": {
            "id": "voucher_give",
            "label": "Make voucher"
          }
        },
        "redeem": {
          "title": "Redeem a voucher",
          "text": "A voucher works once, and only for the account it was made for.",
          "code": {
            "label": "Voucher code",
            "minLength": 10,
            "maxLength": 2000
          },
          "submit": {
            "id": "voucher_redeem",
            "label": "Redeem"
          }
        }
      },
      {
        "kind": "models",
        "group": "models",
        "title": "Models",
        "note": "No models are known yet.",
        "models": [],
        "table": {
          "caption": "Models",
          "columns": [
            {
              "label": "Model",
              "numeric": false
            },
            {
              "label": "Price now",
              "numeric": true
            },
            {
              "label": "Requests left",
              "numeric": true
            }
          ],
          "rows": []
        }
      },
      {
        "kind": "send",
        "group": "models",
        "title": "Next request",
        "prompt": {
          "label": "Prompt",
          "placeholder": "Type or paste a draft to see what it costs"
        },
        "model": {
          "id": "choose_model",
          "label": "Model",
          "options": []
        },
        "submit": {
          "id": "send",
          "label": "Send",
          "primary": true
        }
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Hide amounts",
          "value": "on",
          "pressed": false
        },
        "language": {
          "id": "locale",
          "label": "Language",
          "options": [
            {
              "value": "en",
              "label": "English",
              "selected": true
            },
            {
              "value": "zh-CN",
              "label": "简体中文",
              "selected": false
            },
            {
              "value": "zh-TW",
              "label": "繁體中文",
              "selected": false
            },
            {
              "value": "ca",
              "label": "Català",
              "selected": false
            },
            {
              "value": "de",
              "label": "Deutsch",
              "selected": false
            },
            {
              "value": "es",
              "label": "Español",
              "selected": false
            },
            {
              "value": "fr",
              "label": "Français",
              "selected": false
            },
            {
              "value": "hi",
              "label": "हिन्दी",
              "selected": false
            },
            {
              "value": "id",
              "label": "Bahasa Indonesia",
              "selected": false
            },
            {
              "value": "it",
              "label": "Italiano",
              "selected": false
            },
            {
              "value": "ja",
              "label": "日本語",
              "selected": false
            },
            {
              "value": "ko",
              "label": "한국어",
              "selected": false
            },
            {
              "value": "nl",
              "label": "Nederlands",
              "selected": false
            },
            {
              "value": "pl",
              "label": "Polski",
              "selected": false
            },
            {
              "value": "pt-BR",
              "label": "Português (Brasil)",
              "selected": false
            },
            {
              "value": "ru",
              "label": "Русский",
              "selected": false
            },
            {
              "value": "tr",
              "label": "Türkçe",
              "selected": false
            },
            {
              "value": "vi",
              "label": "Tiếng Việt",
              "selected": false
            }
          ]
        },
        "timeZone": "Times are shown in Asia/Shanghai; the server works in UTC+08:00.",
        "privacy": "The sign-in token is never stored. Readings stay on this machine."
      }
    ]
  }
];
