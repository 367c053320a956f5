// @amazon-dax-sdk/client-dax over TLS (`daxs://`), with a certificate authority of one's own.
//
// Node reads NODE_EXTRA_CA_CERTS as it starts, so that each client is a process of its own. The
// client connects to addresses and sends no name: the certificate must be for 127.0.0.1.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, newKey, newTable, plain } from './accelerator.mjs'
import { launch, newHome, startHearth } from './hearth.mjs'

const home = newHome()
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const authority = makeAuthority()
const { dax: plainAddress, daxs: address } = await startHearth(
  ...optionsFor('server', 'DNS:localhost,IP:127.0.0.1'),
)
const client = new DynamoDB({})
const TableName = await newTable()

test('a client that trusts the authority reads and writes', async () => {
  const Item = { ...newKey(), v: { S: 'x'.repeat(100_000) } }

  const found = await putAndGet(address, Item, { NODE_EXTRA_CA_CERTS: authority.pem })

  assert.deepEqual(found, { Item })
  const Key = { id: Item.id }
  assert.deepEqual(plain((await client.getItem({ TableName, Key })).Item), plain(Item))
  assert.deepEqual(await connect(`dax://${plainAddress}`).getItem({ TableName, Key }), { Item })
})

test('a client that does not trust the authority gets nothing', async () => {
  await assert.rejects(putAndGet(address, newKey(), {}))
})

test('a certificate for another name is noticed', async () => {
  const other = await launch(newHome(), optionsFor('other', 'DNS:elsewhere.test'))

  await assert.rejects(putAndGet(other.daxs, newKey(), { NODE_EXTRA_CA_CERTS: authority.pem }))
  await other.stop()
})

// What a client in a process of its own, with these settings, says of an item that it put.
async function putAndGet(at, Item, settings) {
  const program = fileURLToPath(new URL('./dax_put_and_get.mjs', import.meta.url))
  const words = [program, `daxs://${at}`, TableName, JSON.stringify(Item)]
  const { NODE_EXTRA_CA_CERTS, ...environment } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    env: { ...environment, ...settings },
  })
  return JSON.parse(stdout)
}

function makeAuthority() {
  const [pem, key] = [join(home, 'ca.pem'), join(home, 'ca.key')]
  openssl(
    'req',
    '-x509',
    '-subj',
    '/CN=Tests',
    ...NEW_KEY,
    '-keyout',
    key,
    '-out',
    pem,
    ...['-addext', 'keyUsage=critical,keyCertSign'],
  )
  return { pem, key }
}

// The options of a server with a certificate for these names.
function optionsFor(file, names) {
  const [pem, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) =>
    join(home, `${file}.${ending}`),
  )
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
  openssl('req', '-new', '-subj', '/CN=hearth', ...NEW_KEY, '-keyout', key, '-out', request)
  const signer = ['-CA', authority.pem, '-CAkey', authority.key, '-CAcreateserial']
  const asked = ['-in', request, '-extfile', extensions, '-days', '2']
  openssl('x509', '-req', ...asked, ...signer, '-out', pem)
  return ['--daxs-listen', '127.0.0.1:0', '--tls-cert', pem, '--tls-key', key]
}

function openssl(...words) {
  execFileSync('openssl', words, { stdio: 'ignore' })
}
