import type { PanelView } from "../../../pkg/panel";

export const panels: PanelView[] = [
  {
    "locale": "en",
    "direction": "ltr",
    "summary": "41.5 credits left. 7.5 of your credits expire in 4 days. Read 10 seconds ago.",
    "state": "ready",
    "title": "Credits",
    "announcement": "41.5 credits left.",
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
        "held": {
          "text": "2 held by requests under way",
          "tone": "neutral"
        },
        "requestsLeft": "about 79 requests on GLM-4.6",
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
            "lapsingShare": 0.505,
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
              "text": "3.79 of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "7.5 credits, expires in 4 days, Fri Nov 28, 23:59, from: weekly gift, pays next, 3.79 of these will lapse at your pace"
          },
          {
            "amount": "24",
            "share": 1.0,
            "lapsingShare": 0.1375,
            "when": {
              "words": "in 27 days",
              "exact": "Sun Dec 21, 23:59"
            },
            "source": "Star on GitHub",
            "badges": [],
            "lapsing": {
              "text": "3.3 of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "24 credits, expires in 27 days, Sun Dec 21, 23:59, from: Star on GitHub, 3.3 of these will lapse at your pace"
          },
          {
            "amount": "10",
            "share": 0.4167,
            "lapsingShare": 0.1,
            "when": {
              "words": "in 37 days",
              "exact": "Wed Dec 31, 23:59"
            },
            "source": "Invitation",
            "badges": [],
            "lapsing": {
              "text": "1 of these will lapse at your pace",
              "tone": "warning"
            },
            "summary": "10 credits, expires in 37 days, Wed Dec 31, 23:59, from: Invitation, 1 of these will lapse at your pace"
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
              "pays next, soon, 3.79 of these will lapse at your pace"
            ],
            [
              "24",
              "Sun Dec 21, 23:59",
              "Star on GitHub",
              "3.3 of these will lapse at your pace"
            ],
            [
              "10",
              "Wed Dec 31, 23:59",
              "Invitation",
              "1 of these will lapse at your pace"
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
            "text": "8.09 will lapse unused at your pace, the first on Fri Nov 28.",
            "tone": "warning"
          },
          {
            "text": "Use 3.79 more by Fri Nov 28, or they lapse.",
            "tone": "neutral"
          }
        ],
        "basis": "0.9 a day on average, over 14 days"
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
        "total": "12.75 credits, 5 requests",
        "chart": {
          "title": "Credits per day, Nov 18 to Nov 24",
          "description": "12.75 credits. Most on Mon Nov 24: 10.5.",
          "unit": "Credits",
          "points": [
            {
              "share": 0.0,
              "text": "Tue Nov 18: 0 credits, 0 requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Wed Nov 19: 0 credits, 0 requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0167,
              "text": "Thu Nov 20: 0.25 credits, 1 request",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Fri Nov 21: 0 credits, 0 requests",
              "weekend": false,
              "today": false
            },
            {
              "share": 0.0,
              "text": "Sat Nov 22: 0 credits, 0 requests",
              "weekend": true,
              "today": false
            },
            {
              "share": 0.1333,
              "text": "Sun Nov 23: 2 credits, 2 requests",
              "weekend": true,
              "today": false
            },
            {
              "share": 0.7,
              "text": "Mon Nov 24: 10.5 credits, 2 requests",
              "weekend": false,
              "today": true
            }
          ],
          "ticks": [
            {
              "at": 0.0,
              "label": "0"
            },
            {
              "at": 0.3333,
              "label": "5"
            },
            {
              "at": 0.6667,
              "label": "10"
            },
            {
              "at": 1.0,
              "label": "15"
            }
          ],
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
            "amount": "10 credits",
            "requests": "1 request",
            "percent": "78%",
            "share": 0.7843
          },
          {
            "name": "GLM-4.6",
            "amount": "2.5 credits",
            "requests": "3 requests",
            "percent": "20%",
            "share": 0.1961
          },
          {
            "name": "Qwen-2.5-VL",
            "amount": "0.25 credits",
            "requests": "1 request",
            "percent": "2%",
            "share": 0.0196
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
              "10.5",
              "2"
            ],
            [
              "Sun Nov 23, 2025",
              "2",
              "2"
            ],
            [
              "Sat Nov 22, 2025",
              "0",
              "0"
            ],
            [
              "Fri Nov 21, 2025",
              "0",
              "0"
            ],
            [
              "Thu Nov 20, 2025",
              "0.25",
              "1"
            ],
            [
              "Wed Nov 19, 2025",
              "0",
              "0"
            ],
            [
              "Tue Nov 18, 2025",
              "0",
              "0"
            ]
          ],
          "total": [
            "12.75 credits, 5 requests",
            "12.75",
            "5"
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
              "10",
              "1",
              "78%"
            ],
            [
              "GLM-4.6",
              "2.5",
              "3",
              "20%"
            ],
            [
              "Qwen-2.5-VL",
              "0.25",
              "1",
              "2%"
            ]
          ]
        },
        "accuracy": [
          {
            "text": "Estimated 12.25, charged 12.75.",
            "tone": "neutral"
          },
          {
            "text": "0.5 not explained by this editor.",
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
            "amount": "+10",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Credits added: weekly gift",
            "items": [],
            "summary": "Added, +10, Mon Nov 24, 10:00, Credits added: weekly gift"
          },
          {
            "kind": "Received",
            "amount": "+20",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Received from giver-1",
            "items": [
              "20 until Sun Nov 30",
              "5 until Sun Nov 30, had expired and never arrived"
            ],
            "summary": "Received, +20, Mon Nov 24, 10:00, Received from giver-1"
          },
          {
            "kind": "Given",
            "amount": "-30",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Given to taker",
            "items": [],
            "summary": "Given, -30, Mon Nov 24, 10:00, Given to taker"
          },
          {
            "kind": "Expired",
            "amount": "-100",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "description": "Expired. The amount is the full size of the grant, not what was lost.",
            "items": [],
            "summary": "Expired, -100, Mon Nov 24, 10:00, Expired. The amount is the full size of the grant, not what was lost."
          },
          {
            "kind": "Deducted",
            "amount": "-0.5",
            "direction": "out",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "Deducted by the operator: manual fix",
            "items": [],
            "summary": "Deducted, -0.5, Mon Nov 24, 10:00, Deducted by the operator: manual fix"
          },
          {
            "kind": "Merged",
            "amount": "+75.5",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "From the merged account old",
            "items": [],
            "summary": "Merged, +75.5, Mon Nov 24, 10:00, From the merged account old"
          },
          {
            "kind": "Other",
            "amount": "+5",
            "direction": "in",
            "at": "Mon Nov 24, 10:00",
            "expires": "Sun Nov 30",
            "description": "REFUND",
            "items": [],
            "summary": "Other, +5, Mon Nov 24, 10:00, REFUND"
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
          },
          "result": {
            "tone": "good",
            "title": "Voucher made: 30 credits",
            "text": "Send the code to the receiver. It is shown only here.",
            "code": {
              "label": "Voucher code",
              "value": "eyJ0ZXN0",
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
            "text": "20 added. 5 had expired."
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
            "requestsLeft": "158 requests left",
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "cheapest",
                "label": "cheapest",
                "tone": "good"
              }
            ],
            "summary": "Qwen-2.5-VL: 0.25 credits a request, 158 requests left"
          },
          {
            "id": "GLM-4.6",
            "name": "GLM-4.6",
            "price": "0.5 credits a request",
            "listPrice": "list price 1",
            "discounts": [
              "Night price: 50% off until 09:00"
            ],
            "requestsLeft": "79 requests left",
            "contextWindow": "128,000 tokens",
            "badges": [
              {
                "kind": "discount",
                "label": "reduced",
                "tone": "good"
              }
            ],
            "cheaper": "Qwen-2.5-VL costs 0.25 instead of 0.5",
            "summary": "GLM-4.6: 0.5 credits a request, Night price: 50% off until 09:00, 79 requests left"
          },
          {
            "id": "Kimi-K2-Moonshot",
            "name": "Kimi-K2-Moonshot",
            "price": "10 credits a request",
            "discounts": [],
            "requestsLeft": "3 requests left",
            "contextWindow": "128,000 tokens",
            "badges": [],
            "cheaper": "Qwen-2.5-VL costs 0.25 instead of 10",
            "summary": "Kimi-K2-Moonshot: 10 credits a request, 3 requests left"
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
              "158"
            ],
            [
              "GLM-4.6",
              "0.5 credits a request",
              "79"
            ],
            [
              "Kimi-K2-Moonshot",
              "10 credits a request",
              "3"
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
          "after": "39 left after it",
          "paidFrom": "Paid from what expires in 4 days",
          "requestsLeft": "79 requests left",
          "warning": {
            "tone": "warning",
            "title": "Over the limit for today",
            "text": "Send it anyway, choose a cheaper model, or change the limit.",
            "actions": []
          },
          "summary": "0.5 credits a request, between 0.5 and 1, 39 left after it, Over the limit for today"
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
              "158"
            ],
            [
              "GLM-4.6",
              "0.5",
              "79"
            ],
            [
              "Kimi-K2-Moonshot",
              "10",
              "3"
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
