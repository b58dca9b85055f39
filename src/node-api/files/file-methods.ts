import type { Methods } from "../method.js";

type FileRequests =
  | "ReadFile"
  | "WriteFile"
  | "DeleteFile"
  | "ListDirectory"
  | "CreateDirectory"
  | "GetFileMetadata"
  | "FilesystemQuota";

/** Files below the caller's own data directory. */
export const fileMethods: Methods<FileRequests> = {
  ReadFile: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).read(input.path, signal),
  WriteFile: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).write(input.path, input.data, signal),
  DeleteFile: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).remove(input.path, signal),
  ListDirectory: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).list(input.path, signal),
  CreateDirectory: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).makeDirectory(input.path, signal),
  GetFileMetadata: ({ input, caller, services, signal }) =>
    services.files.of(caller.moduleName).metadata(input.path, signal),
  FilesystemQuota: ({ caller, services, signal }) => services.files.of(caller.moduleName).quota(signal),
};
