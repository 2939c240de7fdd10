// DescribeLogDirs (35): Log directories, their space and the sizes of the replicas in them.

import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  topicName,
} from '../schema.ts'

export const describeLogDirs = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [0, 5],
  flexibleFrom: 2,
  request: {
    topics: nullable(
      array(
        struct('DescribableLogDirTopic', {
          topic: topicName(),
          partitions: array(int32()),
        }),
      ),
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: since(3, int16()),
    results: array(
      struct('DescribeLogDirsResult', {
        errorCode: int16(),
        logDir: string(),
        topics: array(
          struct('DescribeLogDirsTopic', {
            name: topicName(),
            partitions: array(
              struct('DescribeLogDirsPartition', {
                partitionIndex: int32(),
                partitionSize: int64(),
                offsetLag: int64(),
                isFutureKey: bool(),
              }),
            ),
          }),
        ),
        totalBytes: since(4, int64(), -1),
        usableBytes: since(4, int64(), -1),
        isCordoned: since(5, bool(), false),
      }),
    ),
  },
})
