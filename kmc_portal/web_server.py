"""gunicorn's configuration beyond the command line (Procfile): what it refuses itself is answered in Japanese."""

import socket

from gunicorn import util

PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="font-family: sans-serif; line-height: 1.8; max-width: 40rem; margin: 3rem auto; padding: 0 1rem">
<h1>{title}</h1><p>{text}</p><p><a href="/">ホームへ戻る</a></p></body></html>
"""
TOO_LONG = (
    "アドレスが長すぎます",
    "アドレスか、それに付いた情報が長すぎるため受け取れませんでした。検索の言葉を短くするか、ホームから画面を開き直してください。",
)
BROKEN = (
    "サーバーで問題が起きました",
    "申し訳ありません。しばらくたってから、もう一度お試しください。繰り返し表示されるときは、お客様窓口までご連絡ください。",
)
UNREADABLE = (
    "リクエストを読み取れませんでした",
    "送信された内容を読み取れませんでした。何も登録されていません。ホームから画面を開き直して、もう一度お試しください。",
)


def answer_in_words(sock: socket.socket, status_int: int, reason: str, mesg: str) -> None:
    """In place of gunicorn's English page. `mesg`, which quotes the request, goes to the log alone."""
    title, text = TOO_LONG if status_int in (414, 431) else BROKEN if status_int >= 500 else UNREADABLE
    page = PAGE.format(title=title, text=text).encode()
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(page)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode() + page)


util.write_error = answer_in_words
