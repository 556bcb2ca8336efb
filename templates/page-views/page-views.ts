// Website activity: views of each page a minute, without bots, told once when the minute is over.
import { json, streams, string, topic, tumbling } from 'streamctl'

type View = { page: string; userId: string; at: number; bot?: boolean }
type Count = { page: string; minute: string; views: number }

export const views = topic('page-views', {
  key: string,
  value: json<View>(),
  timestamp: view => view.at,
  onInvalid: { deadLetter: 'page-views.dlq' },
})
export const counts = topic('page-view-counts', { key: string, value: json<Count>() })

export default streams('page-views', builder => {
  builder
    .stream(views)
    .filter(view => !view.bot)
    .groupBy(view => view.page)
    .windowedBy(tumbling({ size: '1m', grace: '10s' }))
    // Without views for half a minute, time goes on with the clock: the last minutes are told, too.
    .count({ store: 'views-per-minute', retention: '1d', emit: { final: true, idle: '30s' } })
    .toStream()
    .map((count, { key, window }) => ({
      key,
      value: { page: key, minute: new Date(window.start).toISOString(), views: count },
    }))
    .to(counts)
})
