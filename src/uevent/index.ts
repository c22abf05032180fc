export { UeventHelper } from './helper.ts'
export { ueventMessage } from './message.ts'
export { openNetlink } from './socket.ts'
