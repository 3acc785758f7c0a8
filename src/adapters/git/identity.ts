/**
 * What identifies a repository by its remote: the address without scheme, credentials, port and
 * `.git`, as `https://host/path`, so that a clone by SSH and one by HTTPS are the same repository.
 * A remote that is a folder stays `file://` and its path.
 */
export function repositoryOfUrl(url: string): string {
  const trimmed = url.trim();
  const parsed =
    /^(?:[a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?([^/:]*|\[[^\]]*\])(?::\d*)?(\/.*)?$/is.exec(trimmed);
  if (parsed !== null && !/^file:/i.test(trimmed)) {
    return `https://${(parsed[1] as string).toLowerCase()}${tidyPath(parsed[2] ?? '')}`;
  }
  const scp = /^(?:[^/@]*@)?([^/:]+|\[[^\]]*\]):(?!\/\/)(.*)$/s.exec(trimmed);
  if (scp !== null && !/^[a-z]$/i.test(scp[1] as string) && !/^file$/i.test(scp[1] as string)) {
    return `https://${(scp[1] as string).toLowerCase()}${tidyPath(`/${(scp[2] as string).replace(/^\/+/, '')}`)}`;
  }
  return `file://${tidyPath(trimmed.replace(/^file:\/\//i, ''))}`;
}

function tidyPath(path: string): string {
  return path
    .replace(/[?#].*$/s, '')
    .replace(/\/+/g, '/')
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
}
