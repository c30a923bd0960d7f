"""Correspondence (งานสารบรรณ): the registers of incoming and outgoing letters."""
