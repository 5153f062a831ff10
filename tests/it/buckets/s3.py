"""A real S3 server for the tests (moto's), which ends with its input.

    s3.py

Prints the port it serves on. Every line of its input is a command of words between tabs, answered by
one line: `bucket NAME`, `put BUCKET KEY FILE`, `delete BUCKET KEY`.
"""

import sys

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
client = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{port}",
    region_name="eu-west-1",
    aws_access_key_id="an-id",
    aws_secret_access_key="a-secret",
)
print(port, flush=True)
for line in sys.stdin:
    verb, bucket, *rest = line.rstrip("\n").split("\t")
    if verb == "bucket":
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    elif verb == "put":
        key, path = rest
        with open(path, "rb") as body:
            # Google's client does not sign as S3's do.
            client.put_object(Bucket=bucket, Key=key, Body=body, ACL="public-read")
    elif verb == "delete":
        client.delete_object(Bucket=bucket, Key=rest[0])
    print("done", flush=True)
server.stop()
