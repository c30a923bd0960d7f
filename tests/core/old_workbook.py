"""A workbook of Excel 97 (.xls) with a register of two lines, as LibreOffice writes it; compressed."""

from __future__ import annotations

import base64
import zlib

_PACKED = (
    "eNrtWFtslEUUPvPv7d9tO90Wam9Yl9a2S2+0VaBEsVtalCaaEkAlBiOlbEtlaZtSEzUaF5EXI4mGB19IDEnfNF5iog9qbN980OgLDxpNCjFGgw"
    "+r0RgS2/U7559/WZZt7BY1EXo255+ZM3POXM5lzuxXX5YtnH+v5iLlwD3koaV0kPxZNAUMuo0wkWVoS+l02iWn1+B/BYumZB16oT8fkHUeANpG"
    "tyFTrsHNB3tpEr8ZitAumkA5Tc9QIXAbLCZb3kp4llY4bqWwNv/q5+f4zXHcA8zn/xzv2f+LgMXAEqAGljpXAJUBy4HrgOuBFWITRJXAKmA1sA"
    "ZYC9wAvB1YB7zDrGOjKRnvRL3RtJtRRtfizr8OQRta9Pvoo5LPWeWi+4uwiHe982IXl4AHaYpto384MRL5r2CnrGFY8RrmYKQ7UFN0DlRN7wj1"
    "Y/nuEOsDxCjSYyz6gBWTtZ+Rb718NTH/h8LzjVC6YIffipW/Kk6gKKD6aZgSNE6HEQfHMaKGPmP/ekFGsHeoPunhUTfSW+ctpln2sQfiE/Hp4c"
    "SC+M4s/Z6OZPnpXITpzC7031ZGtwqk0y1Hn8XZ5TvnVmd8Kpe+aRl62zL0lmXowevoZy34VZLSXIaTHinLkn4py5NeKdclA1KuT/rSh8R+T8Oa"
    "m3yOt+47Go/PdL0C/1T4zSsbSLT/jKLL9BhH6dRemcuf4mjMbuxm7dl4FxWl2I8+hTfYdFIh6ttzKoZvjOp+CTtx30b8txHX7T8Q+v/EWG3ugx"
    "JSMd2oLV2pO3VM1+gtul5X6wbdhTrcrhYED6lKFLu1TapRB3QzOqu1Q0Kfrbu10n4W1KC3gdaOMdhTVFfpCJwJV1HX5u7N3Vu2doLaout0WHfg"
    "QFWftvUgxsYg0Zk2w9XNXN2GC9NaEGphcLveqLdjvWlcbCU04HUuthG7AnjVKCpMafHt50TJ8DVRshgneQQnzHGlTE41jAnb+zdcvrS1pvcJoS"
    "fpqsRG1jW1qZPomfe2CEerfF+Use7teUpoL8m3Cfxjoww/9DZn1aMZuT/2bsqqn0e0C2JVJNZgYbY2VVXsPzV/aKHXLRU9jB6bnpdtk3rZLjU7"
    "1VJ4yN2hbYVNvc2JYapUaCoPzcqhLUrW4OQJZFoKLZVpWXJ2bsuDlifT8qLlzbR8aLG5f4JYr0SmX75WlGXyGCXS/IZDibRApsXS7EyLpQWNNE"
    "vkhHKkWSItZDgskVaUaWVLs0Qan+PPtIdlpHY7dpCyjWfxNrCzVKfM4U1FhR5MhfPkZRaFhI95eL/3WeX0gd+53IjuFb1yBlVqdETmZqExuOWY"
    "nS1Iublg6G9yQYUMyxNycsiwbTlxyem6n3O2h8ZHpidPTI7ORHY9PRJPRLZva98/fDieSMTluHeOj4723EjuqpyAtGpYSpNoP49cWjj9xq9Xho"
    "6G33zNptbm979mHTxnbJv7e0x+GzPn9KDJcw+YXPeIiW9TJkf+adHJXbneafhcuK5+d/XjHc9+p7LrhayfKdaFLy6c66gNn30d62+78vYA+0IO"
    "7aDJs91IHs5a656MN5Pcd+6eLbNGN/fnPfdNTT0Snz4xPjlx7V7Zqrq6OzoBtAY3H/yT73+xv5wYko+HbTJmAtOjmH2ajiHj5nUcK3j95RKtnb"
    "druoB39fcBN070Y97j8PEhrOHJVc3vyXqDr4SHfXEwE6eG8B6Ir1p/fAcV+v6vN291eZXQPnoK+z+OdwnrfhBWMCo6YcoM3iuToCwPUTO/r4Dz"
    "bwC+lZl/ADOMyBriYoGFradnFftvypr/Vv//5y8fQBWr"
)


def old_workbook() -> bytes:
    """เลขทะเบียนรับ, ปี, ที่, ลงวันที่, จาก, เรื่อง: numbers 1 and 2 of 2560."""
    return zlib.decompress(base64.b64decode(_PACKED))
