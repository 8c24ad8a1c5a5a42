#pragma once

// All parts of PlanRunner.

#include "nasnet/fused/ahead-inl.h"
#include "nasnet/fused/backward-inl.h"
#include "nasnet/fused/forward-inl.h"
#include "nasnet/fused/heads-inl.h"
#include "nasnet/fused/inference-inl.h"
#include "nasnet/fused/norm-inl.h"
#include "nasnet/fused/normalize-inl.h"
#include "nasnet/fused/passes-inl.h"
#include "nasnet/fused/pools-inl.h"
