"""The robot clerk: works with Khet by what the pages offer, and says where a clerk would be stuck, misled or left out.

`python -m tests.robot --seed 7 --minutes 30 --backend postgresql` is the long run; test_robot.py a short one in the suite.
"""
