#pragma once

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Reads the pictures' headers, on all cores, and settles how each is decoded: where its file has
/// the annotated size as stored, the boxes lie in it as stored, and EXIF's orientation has no say;
/// where it has that size once turned, it is turned; where no size is annotated, it is turned, and
/// has the size that it has then. Pictures that fit in no way, or cannot be read, are told of in
/// the problems; with `skip` they leave the set.
void look_at_pictures(DetectionSet& set, bool skip);

}  // namespace nasnet::boxes
