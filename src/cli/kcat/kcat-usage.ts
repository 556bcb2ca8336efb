/** The options that are understood, in our words. */
export const kcatUsage = `Usage: kcat <options> [file1 file2 .. | topic1 topic2 ..]
The kcat applet of streamctl: kcat's options and output. streamctl itself can do more: see streamctl help.

Mode:
  -P  produce        -C  consume        -L  list metadata        -Q  offsets by time
  -G <group>         consume topics as a member of a group (topics, or ^expressions)

All modes:
  -b <host:port,..>  brokers            -t <topic>  topic; with -Q <topic>:<partition>:<timestamp>
  -p <partition>     partition          -m <seconds>  time for metadata
  -X name=value      property of librdkafka; -X list shows those that count
  -F <file>          properties from a file (or KCAT_CONFIG, or ~/.config/kcat.conf)
  -q  quiet          -v  more words     -E  go on after errors     -V  version     -h  this help

Produce:
  -D <delimiter>     between records (\\n)          -K <delimiter>  between key and value
  -k <key>           key of all records            -H <name=value>  header of all records
  -z <codec>         none, gzip, snappy, lz4, zstd
  -l                 a file's lines, not the whole file
  -T  also to stdout -c <count>  no more records   -Z  empty is null

Consume:
  -o <offset>        beginning, end, stored, N, -N (from the end), s@<ms> start, e@<ms> end
  -e  stop at the end  -c <count>  no more records   -u  unbuffered
  -f <format>        %s value %S its size %R as 4 bytes %k key %K its size %t topic %p partition
                     %o offset %T timestamp %h headers; \\n \\r \\t \\xHH
  -J                 JSON                           -Z  NULL for what is null
  -D, -K             as for produce                 -s [key=|value=]<pack>  unpack numbers: bBhHiIqQ c s $`

/** A line for `-V`. Scripts look for the version that they expect of kcat. */
export function kcatVersion(version = 'unbuilt'): string {
  return `kcat - Apache Kafka producer and consumer tool\nVersion 1.7.1 (JSON, Transactions; the applet of streamctl ${version})`
}
