/** Commands that are called `arbiter` in what is printed where that is no program: in a checkout. */
export const plainCalls = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /(?<!npm run -s )(?<![\w./-])arbiter (?=-C |--help|\[options\]|(?:verify|check|verdict|arbitrate|plan|audit|replay|waiver|ledger|keys|config|explain|init|app|doctor|runner|models|bench|demo)\b).*/g,
    ),
  ].map(([line]) => line);
