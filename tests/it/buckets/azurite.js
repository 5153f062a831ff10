// Azurite, Microsoft's emulator of Azure's object store, for the tests; it ends with its input.
//
//     azurite.js
//
// Prints the port it serves on. Every line of its input is a command of words between tabs, answered by
// one line: `bucket NAME` (a container, as it is called there), `put CONTAINER KEY FILE`.

const { createInterface } = require("node:readline");
const { BlobServiceClient, StorageSharedKeyCredential } = require("@azure/storage-blob");

// The account and key that Azurite documents.
const ACCOUNT = "devstoreaccount1";
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

async function main() {
  // It reads the command line, runs in this process, and says where it listens.
  process.argv.push("--silent", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--blobPort", "0");
  const say = console.log;
  const port = await new Promise((resolve) => {
    console.log = (line) => {
      const told = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (told) resolve(told[1]);
    };
    require("azurite/dist/src/blob/main.js");
  });
  const service = new BlobServiceClient(
    `http://127.0.0.1:${port}/${ACCOUNT}`,
    new StorageSharedKeyCredential(ACCOUNT, KEY),
  );
  say(port);
  for await (const line of createInterface(process.stdin)) {
    const [verb, name, key, file] = line.split("\t");
    const container = service.getContainerClient(name);
    if (verb === "bucket") await container.create();
    else if (verb === "put") await container.getBlockBlobClient(key).uploadFile(file);
    say("done");
  }
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
