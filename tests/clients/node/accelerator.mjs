// Amazon's DAX client, and what the tests of it share.
//
// The tables of cases are in the directory `dax`, for Python's tests too. They are written as
// DynamoDB's JSON; bytes are in Base64 there, and buffers in requests. (The DAX client takes no
// other kind of bytes: it copies requests, and a copied Uint8Array is no longer one.)
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { Dax } from '@amazon-dax-sdk/client-dax'
import { DynamoDB, waitUntilTableExists } from '@aws-sdk/client-dynamodb'

import { named } from './hearth.mjs'

const POLL_MS = 50
const TABLES = new URL('./dax/', import.meta.url)
let numbers = 0

export const BY_ID = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
}

// What a DAX client is given. It resolves names by DNS alone, so that `localhost` is none.
export function daxSettings(url, changes = {}) {
  const credentials = { accessKeyId: 'anything', secretAccessKey: 'goes' }
  return { endpoint: url, region: 'us-east-1', credentials, ...changes }
}

// A DAX client; it is shut down after the file's last test.
export function connect(url, changes) {
  const dax = new Dax(daxSettings(url, changes))
  after(() => dax.shutdown())
  return dax
}

// The name of a new table.
export async function newTable(definition = BY_ID, client = new DynamoDB({})) {
  const TableName = named(`table_${numbers++}`)
  await client.createTable({ TableName, BillingMode: 'PAY_PER_REQUEST', ...definition })
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
  return TableName
}

// The name of a new table with the visits of `dax/visits.json`.
export async function newVisits(client = new DynamoDB({})) {
  const { definition, items } = cases('visits')
  const TableName = await newTable(definition, client)
  for (const Item of items) await client.putItem({ TableName, Item })
  return TableName
}

// A key that no other test has.
export function newKey() {
  return { id: { S: `key ${numbers++}` } }
}

// The table `name` of `dax`.
export function cases(name) {
  return raw(JSON.parse(readFileSync(new URL(`${name}.json`, TABLES), 'utf8')))
}

// Takes the bytes in a table out of Base64.
function raw(node) {
  const bytes = (text) => Buffer.from(text, 'base64')
  return rewrite(node, { B: bytes, BS: (all) => all.map(bytes) })
}

// Bytes of any kind as buffers.
export function buffers(node) {
  const bytes = (any) => Buffer.from(any)
  return rewrite(node, { B: bytes, BS: (all) => all.map(bytes) })
}

// What clients may write in different ways, written in one: numbers, sets and bytes. Of an answer,
// only what it says of the tables is left; no attributes are as none at all.
export function plain(node) {
  if (Array.isArray(node)) return node.map(plain)
  const { $metadata, Attributes, ...rest } = node
  const some = Attributes && Object.keys(Attributes).length > 0
  return rewrite(some ? { ...rest, Attributes } : rest, {
    N: number,
    B: text,
    SS: (all) => [...all].sort(),
    NS: (all) => all.map(number).sort(),
    BS: (all) => all.map(text).sort(),
  })
}

// Changes the values of some types, wherever they are; leaves out what is undefined.
function rewrite(node, types) {
  if (Array.isArray(node)) return node.map((element) => rewrite(element, types))
  if (typeof node !== 'object' || node === null) return node
  const members = Object.entries(node).filter(([, value]) => value !== undefined)
  if (members.length === 1) {
    const [[name, value]] = members
    const isBytes = value instanceof Uint8Array
    const isValue = isBytes || Array.isArray(value) || typeof value !== 'object'
    if (Object.hasOwn(types, name) && isValue) return { [name]: types[name](value) }
  }
  return Object.fromEntries(members.map(([name, value]) => [name, rewrite(value, types)]))
}

// A number by its value: `1.50` and `15E-1` are one.
export function number(written) {
  const [, sign, whole, fraction = '', exponent = '0'] = written.match(
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/,
  )
  const digits = (whole + fraction).replace(/^0+/, '')
  const shortest = digits.replace(/0+$/, '')
  if (shortest === '') return '0'
  const places = Number(exponent) - fraction.length + digits.length - shortest.length
  return `${sign === '-' ? '-' : ''}${shortest}e${places}`
}

function text(bytes) {
  return Buffer.from(bytes).toString('base64')
}

// All answers of a query or scan, each asked for with the key that the one before ended at.
export async function pages(client, operation, request) {
  const answers = [await client[operation](request)]
  while (answers.at(-1).LastEvaluatedKey) {
    const ExclusiveStartKey = answers.at(-1).LastEvaluatedKey
    answers.push(await client[operation]({ ...request, ExclusiveStartKey }))
  }
  return answers
}

// What a call is refused with.
export async function refusal(call) {
  try {
    await call()
  } catch (error) {
    return error
  }
  assert.fail('it was not refused')
}

// Waits until something holds.
export async function eventually(holds, limitMs) {
  const deadline = Date.now() + limitMs
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${limitMs} ms`)
    await pause(POLL_MS)
  }
}
