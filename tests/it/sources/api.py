"""An API that exports tables as files, page by page.

    api.py FOLDER

Serves `FOLDER/TABLE/PAGE.csv[.gz]` (or .ndjson, .parquet) as `/linked/TABLE?page=N` with links to the
next page, and as `/cursor/TABLE?at=N` with the next page's number in a header. `/busy/…` refuses
every ninth request, `/broken/…` ends every other answer in the middle, `/dead/…` fails for good. The
token is "letmein". Prints the port it serves on; keeps the requests in `FOLDER/requests`.
"""

import itertools
import os
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = sys.argv[1]
TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
COUNT = itertools.count()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def refuse(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        with open(os.path.join(FOLDER, "requests"), "a", encoding="utf-8") as requests:
            requests.write(self.path + "\n")
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        _, manner, table = address.path.split("/")
        if self.headers.get("Authorization") != "Bearer letmein":
            return self.refuse(401)
        turn = next(COUNT)
        if manner == "dead":
            return self.refuse(500)
        if manner == "busy" and turn % 9 == 0:
            return self.refuse(429, Retry_After="1")
        page = int(query.get("page") or query.get("at") or 1)
        folder = os.path.join(FOLDER, table)
        pages = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        if not pages:
            return self.refuse(404)
        name = pages[page - 1]
        with open(os.path.join(folder, name), "rb") as file:
            body = file.read()
        self.send_response(200)
        if name.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
            name = name[:-3]
        self.send_header("Content-Type", TYPES[name.rsplit(".", 1)[1]])
        self.send_header("Content-Length", str(len(body)))
        if page < len(pages) and manner == "cursor":
            self.send_header("X-Next", str(page + 1))
        elif page < len(pages):
            more = urllib.parse.urlencode({**query, "page": page + 1})
            self.send_header("Link", f'</{manner}/{table}?{more}>; rel="next"')
        self.end_headers()
        if manner == "broken" and turn % 2 == 0:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
