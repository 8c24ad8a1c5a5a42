#pragma once

// All parts of Executor.

#include "nasnet/network/fused_ahead-inl.h"
#include "nasnet/network/fused_backward-inl.h"
#include "nasnet/network/fused_forward-inl.h"
#include "nasnet/network/fused_heads-inl.h"
#include "nasnet/network/fused_inference-inl.h"
#include "nasnet/network/fused_norm-inl.h"
#include "nasnet/network/fused_normalize-inl.h"
#include "nasnet/network/fused_passes-inl.h"
#include "nasnet/network/fused_pools-inl.h"
