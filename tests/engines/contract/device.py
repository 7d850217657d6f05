"""What production engines compute on while they are held to their rules: AIK_ENGINES_DEVICE, cpu by default."""

import os

from aik_service.device import Device

DEVICE = Device(os.environ.get("AIK_ENGINES_DEVICE", Device.CPU))
