// @amazon-dax-sdk/client-dax and a server with credentials: each connection must be signed.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import SigV4Gen from '@amazon-dax-sdk/client-dax/src/SigV4Gen.js'
import { DynamoDB } from '@aws-sdk/client-dynamodb'

import { connect, eventually, newKey, newTable, refusal } from './accelerator.mjs'
import { newHome, startHearth } from './hearth.mjs'

const FIRST = { accessKeyId: 'AKIDFIRST', secretAccessKey: 'first+secret/word' }
const SECOND = { accessKeyId: 'AKIDSECOND', secretAccessKey: 'second' }
const AUTH_CODES = [4, 23, 31]
const CALLS = 16
const RECOVERY_MS = 30_000

const file = join(newHome(), 'credentials.toml')
const rows = [FIRST, SECOND].map(
  ({ accessKeyId, secretAccessKey }) =>
    `[[credentials]]\naccess_key_id = "${accessKeyId}"\nsecret_access_key = "${secretAccessKey}"\n`,
)
writeFileSync(file, rows.join(''), { mode: 0o600 })
const { dax: address } = await startHearth('--credentials', file)
const client = new DynamoDB({ credentials: FIRST })
const TableName = await newTable(undefined, client)

for (const credentials of [FIRST, SECOND]) {
  test(`whoever signs is let in: ${credentials.accessKeyId}`, async () => {
    const dax = connect(`dax://${address}`, { credentials })
    const Item = { ...newKey(), by: { S: credentials.accessKeyId } }
    const Key = { id: Item.id }

    await dax.putItem({ TableName, Item })

    assert.deepEqual(await dax.getItem({ TableName, Key }), { Item })
    assert.deepEqual((await client.getItem({ TableName, Key })).Item, Item)
  })
}

for (const [name, wrong, code] of [
  ['a wrong secret', { ...FIRST, secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
  ["another's secret", { ...SECOND, accessKeyId: 'AKIDFIRST' }, 'InvalidSignatureException'],
  ['an unknown key', { ...FIRST, accessKeyId: 'AKIDTHIRD' }, 'UnrecognizedClientException'],
]) {
  test(`new connections that are signed wrongly are refused: ${name}`, async () => {
    let credentials = FIRST
    const dax = connect(`dax://${address}`, { credentials: async () => credentials })
    await dax.scan({ TableName })

    credentials = wrong
    const errors = await errorsOf(dax)
    credentials = FIRST

    assert.ok(errors.length > 0)
    for (const error of errors) {
      assert.deepEqual(error.codeSeq.slice(0, 3), AUTH_CODES)
      assert.equal(error.code, code)
      assert.ok(!error.message.includes(wrong.secretAccessKey))
    }
    await eventually(async () => (await errorsOf(dax)).length === 0, RECOVERY_MS)
  })
}

for (const minutes of [-20, 20]) {
  test(`a signature of another time is refused: ${minutes} minutes`, async (t) => {
    const dax = connect(`dax://${address}`, { credentials: FIRST })
    await dax.scan({ TableName })

    turnClock(t, minutes)
    const errors = await errorsOf(dax)

    assert.ok(errors.length > 0)
    for (const { code, codeSeq } of errors) {
      assert.deepEqual(codeSeq.slice(0, 3), AUTH_CODES)
      assert.equal(code, 'InvalidSignatureException')
    }
  })
}

test('a signature of some minutes ago is taken', async (t) => {
  turnClock(t, -4)
  const dax = connect(`dax://${address}`, { credentials: FIRST })

  assert.deepEqual(await errorsOf(dax), [])
})

test('a client that signs wrongly from the start gets nothing', async () => {
  const credentials = { ...FIRST, secretAccessKey: 'wrong' }
  const dax = connect(`dax://${address}`, { credentials, maxRetryDelay: 200 })

  await refusal(() => dax.scan({ TableName }))
})

// What calls are refused with, so many at once that most need a connection of their own.
async function errorsOf(dax) {
  const calls = Array.from({ length: CALLS }, () => dax.scan({ TableName }))
  const done = await Promise.allSettled(calls)
  return done.filter(({ status }) => status === 'rejected').map(({ reason }) => reason)
}

// Has the client sign at another time than it is, until the test ends.
function turnClock(t, minutes) {
  const sign = SigV4Gen.generateSigAndStringToSign
  SigV4Gen.generateSigAndStringToSign = (credentials, endpoint, region, payload) =>
    sign(credentials, endpoint, region, payload, new Date(Date.now() + minutes * 60_000))
  t.after(() => {
    SigV4Gen.generateSigAndStringToSign = sign
  })
}
