// Puts an item through DAX and prints what it then gets:
//
//   node dax_put_and_get.mjs URL TABLE ITEM
import { Dax } from '@amazon-dax-sdk/client-dax'

import { daxSettings } from './accelerator.mjs'

const [url, TableName, json] = process.argv.slice(2)
const Item = JSON.parse(json)
const dax = new Dax(daxSettings(url, { maxRetryDelay: 500 }))

await dax.putItem({ TableName, Item })
console.log(JSON.stringify(await dax.getItem({ TableName, Key: { id: Item.id } })))
dax.shutdown()
