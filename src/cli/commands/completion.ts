import { OperatorError } from '../../base/errors.ts'
import { defineCommand } from '../command.ts'
import { type Shell, scripts, shells } from '../completion/scripts.ts'

export const completionCommand = defineCommand<object, [shell: string]>({
  name: 'completion',
  summary: 'print what a shell needs to complete commands, topics, groups and settings',
  description: 'Names of topics, groups and the like are asked of the cluster, for which there is little time.',
  arguments: [{ name: '<shell>', help: shells.join(', '), completes: shells }],
  examples: [
    { command: 'source <(streamctl completion bash)', does: 'bash, in ~/.bashrc; in the same way for zsh in ~/.zshrc' },
    { command: 'streamctl completion fish > ~/.config/fish/completions/streamctl.fish', does: 'fish, once' },
  ],
  run: async ({ output }, _options, shell) => {
    const script = scripts[shell as Shell] as string | undefined
    if (script === undefined) {
      throw new OperatorError(`there is no completion for '${shell}'`, { hint: `one of ${shells.join(', ')}` })
    }
    output.write(script)
    return undefined
  },
})
