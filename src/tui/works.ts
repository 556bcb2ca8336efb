import type { DoWork } from './work.ts'
import { abortTransactionWork, alterSettingWork } from './works/cluster-works.ts'
import { exportWork } from './works/export-file.ts'
import { deleteGroupWork, planSeekWork, seekWork } from './works/group-works.ts'
import { produceWork } from './works/produce-record.ts'
import { exportRecordsWork, produceAgainWork, readRecordWork } from './works/record-works.ts'
import { alterTopicWork, createTopicWork, deleteTopicWork, readTopicWork } from './works/topic-works.ts'

/** What screens can have done, by kind. A new one: a function, a line here. */
export const works: Readonly<Record<string, DoWork>> = {
  createTopic: createTopicWork,
  readTopic: readTopicWork,
  alterTopic: alterTopicWork,
  deleteTopic: deleteTopicWork,
  produce: produceWork,
  produceAgain: produceAgainWork,
  readRecord: readRecordWork,
  planSeek: planSeekWork,
  seek: seekWork,
  alterSetting: alterSettingWork,
  abortTransaction: abortTransactionWork,
  deleteGroup: deleteGroupWork,
  export: exportWork,
  exportRecords: exportRecordsWork,
}
