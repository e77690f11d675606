#include "CNodeAPI.h"
