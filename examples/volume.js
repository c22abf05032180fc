// node examples/volume.js
import { openVolume } from 'mdevfs'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
const fs = openVolume({ profiles: ['mtty'] })
const type = '/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1'

fs.writeFileSync(`${type}/create`, UUID)
console.log(fs.readFileSync(`${type}/available_instances`, 'utf8').trim(), 'left')
console.log(fs.realpathSync(`/sys/bus/mdev/devices/${UUID}`))
try {
  fs.writeFileSync(`${type}/create`, UUID)
} catch (error) {
  console.log(error.code)
}
