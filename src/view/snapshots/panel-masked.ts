import type { PanelView } from "../../../pkg/panel";

export const panels: PanelView[] = [
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "Amounts are hidden. Some of your credits expire in 4 days. Read 10 seconds ago.",
    "state": "ready",
    "title": "Credits",
    "announcement": "Amounts are hidden.",
    "masked": true,
    "toolbar": [
      {
        "id": "refresh",
        "label": "Refresh"
      },
      {
        "id": "mask",
        "label": "Show amounts",
        "value": "off",
        "pressed": true
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
          "value": "•••",
          "caption": "credits left",
          "tone": "neutral"
        },
        "used": "••• of ••• used",
        "meter": {
          "label": "Used",
          "valueText": "Amount hidden",
          "tone": "neutral"
        },
        "held": {
          "text": "••• held by requests under way",
          "tone": "neutral"
        },
        "requestsLeft": "about ••• requests on GLM-4.6",
        "changes": [],
        "freshness": {
          "text": "read 10 seconds ago",
          "tone": "neutral",
          "detail": "Mon Nov 24, 20:59"
        }
      },
      {
        "kind": "ladder",
        "group": "balance",
        "title": "Expires",
        "rungs": [
          {
            "amount": "•••",
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
            "lapsing": {
              "text": "••• of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "••• credits, expires in 4 days, Fri Nov 28, 23:59, from: weekly gift, pays next, ••• of these will lapse at your pace"
          },
          {
            "amount": "•••",
            "when": {
              "words": "in 27 days",
              "exact": "Sun Dec 21, 23:59"
            },
            "source": "Star on GitHub",
            "badges": [],
            "lapsing": {
              "text": "••• of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "••• credits, expires in 27 days, Sun Dec 21, 23:59, from: Star on GitHub, ••• of these will lapse at your pace"
          },
          {
            "amount": "•••",
            "when": {
              "words": "in 37 days",
              "exact": "Wed Dec 31, 23:59"
            },
            "source": "Invitation",
            "badges": [],
            "lapsing": {
              "text": "••• of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "••• credits, expires in 37 days, Wed Dec 31, 23:59, from: Invitation, ••• of these will lapse at your pace"
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
              "•••",
              "Fri Nov 28, 23:59",
              "weekly gift",
              "pays next, soon, ••• of these will lapse at your pace"
            ],
            [
              "•••",
              "Sun Dec 21, 23:59",
              "Star on GitHub",
              "••• of these will lapse at your pace"
            ],
            [
              "•••",
              "Wed Dec 31, 23:59",
              "Invitation",
              "••• of these will lapse at your pace"
            ]
          ]
        }
      },
      {
        "kind": "forecast",
        "group": "balance",
        "title": "Forecast",
        "lines": [
          {
            "text": "At your pace the credits last until Wednesday, December 31.",
            "tone": "neutral"
          },
          {
            "text": "••• will lapse unused at your pace, the first on Fri Nov 28.",
            "tone": "warning"
          },
          {
            "text": "Use ••• more by Fri Nov 28, or they lapse.",
            "tone": "neutral"
          }
        ],
        "basis": "••• a day on average, over 14 days"
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
        "state": "ready",
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
              "selected": true
            },
            {
              "value": "30days",
              "label": "30 days",
              "selected": false
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
            "value": "2025-11-18"
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
        "total": "••• credits, ••• requests",
        "chart": {
          "title": "Credits per day, Nov 18 to Nov 24",
          "description": "••• credits. Most on Mon Nov 24: •••.",
          "unit": "Credits",
          "points": [
            {
              "share": 0.0,
              "text": "Tue Nov 18: ••• credits, ••• requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Wed Nov 19: ••• credits, ••• requests",
              "weekend": false,
              "today": false
            },
            {
              "text": "Thu Nov 20: ••• credits, ••• requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Fri Nov 21: ••• credits, ••• requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Sat Nov 22: ••• credits, ••• requests",
              "weekend": true,
              "today": false
            },
            {
              "text": "Sun Nov 23: ••• credits, ••• requests",
              "weekend": true,
              "today": false
            },
            {
              "text": "Mon Nov 24: ••• credits, ••• requests",
              "weekend": false,
              "today": true
            }
          ],
          "ticks": [],
          "days": [
            {
              "index": 0,
              "label": "Nov 18"
            },
            {
              "index": 2,
              "label": "Nov 20"
            },
            {
              "index": 4,
              "label": "Nov 22"
            },
            {
              "index": 6,
              "label": "Nov 24"
            }
          ],
          "showTable": "Show as table",
          "showChart": "Show as chart"
        },
        "models": [
          {
            "name": "Kimi-K2-Moonshot",
            "amount": "••• credits",
            "requests": "••• requests",
            "percent": "78%"
          },
          {
            "name": "GLM-4.6",
            "amount": "••• credits",
            "requests": "••• requests",
            "percent": "20%"
          },
          {
            "name": "Qwen-2.5-VL",
            "amount": "••• credits",
            "requests": "••• requests",
            "percent": "2%"
          }
        ],
        "modelsTitle": "By model",
        "table": {
          "caption": "Credits per day",
          "columns": [
            {
              "label": "Day",
              "numeric": false
            },
            {
              "label": "Credits",
              "numeric": true
            },
            {
              "label": "Requests",
              "numeric": true
            }
          ],
          "rows": [
            [
              "Mon Nov 24, 2025",
              "•••",
              "•••"
            ],
            [
              "Sun Nov 23, 2025",
              "•••",
              "•••"
            ],
            [
              "Sat Nov 22, 2025",
              "•••",
              "•••"
            ],
            [
              "Fri Nov 21, 2025",
              "•••",
              "•••"
            ],
            [
              "Thu Nov 20, 2025",
              "•••",
              "•••"
            ],
            [
              "Wed Nov 19, 2025",
              "•••",
              "•••"
            ],
            [
              "Tue Nov 18, 2025",
              "•••",
              "•••"
            ]
          ],
          "total": [
            "••• credits, ••• requests",
            "•••",
            "•••"
          ]
        },
        "modelTable": {
          "caption": "By model",
          "columns": [
            {
              "label": "Model",
              "numeric": false
            },
            {
              "label": "Credits",
              "numeric": true
            },
            {
              "label": "Requests",
              "numeric": true
            },
            {
              "label": "Share",
              "numeric": true
            }
          ],
          "rows": [
            [
              "Kimi-K2-Moonshot",
              "•••",
              "•••",
              "78%"
            ],
            [
              "GLM-4.6",
              "•••",
              "•••",
              "20%"
            ],
            [
              "Qwen-2.5-VL",
              "•••",
              "•••",
              "2%"
            ]
          ]
        },
        "accuracy": [
          {
            "text": "Estimated •••, charged •••.",
            "tone": "neutral"
          },
          {
            "text": "••• not explained by this editor.",
            "tone": "warning"
          }
        ],
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
        "state": "ready",
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
        "rows": [
          {
            "kind": "Added",
            "amount": "•••",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Credits added: weekly gift",
            "items": [],
            "summary": "Added, •••, Mon Nov 24, 10:00, Credits added: weekly gift"
          },
          {
            "kind": "Received",
            "amount": "•••",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Received from giver-1",
            "items": [
              "••• until Sun Nov 30",
              "••• until Sun Nov 30, had expired and never arrived"
            ],
            "summary": "Received, •••, Mon Nov 24, 10:00, Received from giver-1"
          },
          {
            "kind": "Given",
            "amount": "•••",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Given to taker",
            "items": [],
            "summary": "Given, •••, Mon Nov 24, 10:00, Given to taker"
          },
          {
            "kind": "Expired",
            "amount": "•••",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "description": "Expired. The amount is the full size of the grant, not what was lost.",
            "items": [],
            "summary": "Expired, •••, Mon Nov 24, 10:00, Expired. The amount is the full size of the grant, not what was lost."
          },
          {
            "kind": "Deducted",
            "amount": "•••",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Deducted by the operator: manual fix",
            "items": [],
            "summary": "Deducted, •••, Mon Nov 24, 10:00, Deducted by the operator: manual fix"
          },
          {
            "kind": "Merged",
            "amount": "•••",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "From the merged account old",
            "items": [],
            "summary": "Merged, •••, Mon Nov 24, 10:00, From the merged account old"
          },
          {
            "kind": "Other",
            "amount": "•••",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "REFUND",
            "items": [],
            "summary": "Other, •••, Mon Nov 24, 10:00, REFUND"
          }
        ],
        "paging": {
          "text": "1 to 7 of 7",
          "label": "Pages of the record",
          "page": 1,
          "pages": 1,
          "first": 0,
          "total": 7,
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
              "label": "••• until Fri Nov 28",
              "hint": "Fri Nov 28, 23:59",
              "step": 0.01
            },
            {
              "expiresAt": 1766332799000,
              "label": "••• until Sun Dec 21",
              "hint": "Sun Dec 21, 23:59",
              "step": 0.01
            },
            {
              "expiresAt": 1767196799000,
              "label": "••• until Wed Dec 31",
              "hint": "Wed Dec 31, 23:59",
              "step": 0.01
            }
          ],
          "warning": "This cannot be taken back: the credits leave your balance at once.",
          "submit": {
            "id": "voucher_give",
            "label": "Make voucher"
          },
          "result": {
            "tone": "good",
            "title": "Voucher made: ••• credits",
            "text": "Send the code to the receiver. It is shown only here.",
            "code": {
              "label": "Voucher code",
              "value": "Amount hidden",
              "copy": {
                "id": "copy",
                "label": "Copy",
                "hint": "Copied",
                "value": "eyJ0ZXN0"
              }
            }
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
          },
          "result": {
            "tone": "warning",
            "title": "Voucher partly redeemed",
            "text": "••• added. ••• had expired."
          }
        }
      },
      {
        "kind": "models",
        "group": "models",
        "title": "Models",
        "models": [
          {
            "id": "Auto",
            "name": "Auto",
            "price": "as the model that it picks",
            "discounts": [
              "Auto: 10% off"
            ],
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "discount",
                "label": "reduced",
                "tone": "good"
              }
            ],
            "summary": "Auto: as the model that it picks, Auto: 10% off"
          },
          {
            "id": "Qwen-2.5-VL",
            "name": "Qwen-2.5-VL",
            "price": "0.25 credits a request",
            "discounts": [],
            "requestsLeft": "••• requests left",
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "cheapest",
                "label": "cheapest",
                "tone": "good"
              }
            ],
            "summary": "Qwen-2.5-VL: 0.25 credits a request, ••• requests left"
          },
          {
            "id": "GLM-4.6",
            "name": "GLM-4.6",
            "price": "0.5 credits a request",
            "listPrice": "list price 1",
            "discounts": [
              "Night price: 50% off until 09:00"
            ],
            "requestsLeft": "••• requests left",
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "discount",
                "label": "reduced",
                "tone": "good"
              }
            ],
            "cheaper": "Qwen-2.5-VL costs 0.25 instead of 0.5",
            "summary": "GLM-4.6: 0.5 credits a request, Night price: 50% off until 09:00, ••• requests left"
          },
          {
            "id": "Kimi-K2-Moonshot",
            "name": "Kimi-K2-Moonshot",
            "price": "10 credits a request",
            "discounts": [],
            "requestsLeft": "••• requests left",
            "contextWindow": "128,000 tokens",
            "badges": [],
            "cheaper": "Qwen-2.5-VL costs 0.25 instead of 10",
            "summary": "Kimi-K2-Moonshot: 10 credits a request, ••• requests left"
          },
          {
            "id": "Basic",
            "name": "Basic",
            "price": "free",
            "discounts": [],
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "free",
                "label": "free",
                "tone": "good"
              }
            ],
            "summary": "Basic: free"
          },
          {
            "id": "Closed",
            "name": "Closed",
            "price": "price not known",
            "discounts": [],
            "contextWindow": "128,000 tokens",
            "badges": [],
            "summary": "Closed: price not known"
          }
        ],
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
          "rows": [
            [
              "Auto",
              "as the model that it picks",
              ""
            ],
            [
              "Qwen-2.5-VL",
              "0.25 credits a request",
              "•••"
            ],
            [
              "GLM-4.6",
              "0.5 credits a request",
              "•••"
            ],
            [
              "Kimi-K2-Moonshot",
              "10 credits a request",
              "•••"
            ],
            [
              "Basic",
              "free",
              ""
            ],
            [
              "Closed",
              "price not known",
              ""
            ]
          ]
        },
        "footnote": "Your turn is charged once, whatever its length; what the model does on its own after that is not."
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
          "options": [
            {
              "value": "Auto",
              "label": "Auto",
              "selected": false
            },
            {
              "value": "Qwen-2.5-VL",
              "label": "Qwen-2.5-VL",
              "selected": false
            },
            {
              "value": "GLM-4.6",
              "label": "GLM-4.6",
              "selected": true
            },
            {
              "value": "Kimi-K2-Moonshot",
              "label": "Kimi-K2-Moonshot",
              "selected": false
            },
            {
              "value": "Basic",
              "label": "Basic",
              "selected": false
            },
            {
              "value": "Closed",
              "label": "Closed",
              "selected": false
            }
          ]
        },
        "submit": {
          "id": "send",
          "label": "Send",
          "primary": true
        },
        "estimate": {
          "cost": "0.5 credits a request",
          "range": "between 0.5 and 1",
          "notes": [
            "Night price: 50% off until 09:00"
          ],
          "after": "••• left after it",
          "paidFrom": "Paid from what expires in 4 days",
          "requestsLeft": "••• requests left",
          "warning": {
            "tone": "warning",
            "title": "Over the limit for today",
            "text": "Send it anyway, choose a cheaper model, or change the limit.",
            "actions": []
          },
          "summary": "0.5 credits a request, between 0.5 and 1, ••• left after it, Over the limit for today"
        },
        "comparison": {
          "caption": "The same on every model",
          "columns": [
            {
              "label": "Model",
              "numeric": false
            },
            {
              "label": "Cost",
              "numeric": true
            },
            {
              "label": "Requests left",
              "numeric": true
            }
          ],
          "rows": [
            [
              "Basic",
              "free",
              ""
            ],
            [
              "Qwen-2.5-VL",
              "0.25",
              "•••"
            ],
            [
              "GLM-4.6",
              "0.5",
              "•••"
            ],
            [
              "Kimi-K2-Moonshot",
              "10",
              "•••"
            ],
            [
              "Auto",
              "as the model that it picks",
              ""
            ],
            [
              "Closed",
              "price not known",
              ""
            ]
          ]
        },
        "tasks": {
          "caption": "Whole tasks on this model",
          "columns": [
            {
              "label": "Task",
              "numeric": false
            },
            {
              "label": "Requests",
              "numeric": true
            },
            {
              "label": "Cost",
              "numeric": true
            }
          ],
          "rows": [
            [
              "Chat",
              "3 to 5",
              "1.5 to 5"
            ],
            [
              "Strict mode",
              "100 to 500",
              "50 to 500"
            ]
          ]
        }
      },
      {
        "kind": "settings",
        "group": "settings",
        "title": "Settings",
        "mask": {
          "id": "mask",
          "label": "Show amounts",
          "value": "off",
          "pressed": true
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
