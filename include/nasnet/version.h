#pragma once

/// The version of these headers, and the project's: the build reads it here. docs/versions.md says
/// what each part of it promises.
#define NASNET_VERSION_MAJOR 0
#define NASNET_VERSION_MINOR 2
#define NASNET_VERSION_PATCH 0
#define NASNET_VERSION "0.2.0"
/// To compare with: 200 for 0.2.0, 10203 for 1.2.3.
#define NASNET_VERSION_NUMBER \
  (NASNET_VERSION_MAJOR * 10000 + NASNET_VERSION_MINOR * 100 + NASNET_VERSION_PATCH)

namespace nasnet {

/// The version of the library that is linked, as NASNET_VERSION says that of the headers.
const char* version();

}  // namespace nasnet
