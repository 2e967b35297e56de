# The official image has Odoo 19, Chinese fonts and the wkhtmltopdf with patched Qt; ours adds the addons and
# the Python packages that these import.
FROM odoo:19

USER root
COPY config/requirements.txt config/requirements-oca.txt config/constraints.txt /tmp/dealer/
# Only what our addons import on top of the image: their versions are those that are tested. OCA addons are
# taken without dependencies, because Odoo itself is the system's package, not one that pip could find.
RUN grep -iE '^(openpyxl|python-stdnum|xlrd|XlsxWriter|defusedxml)==' /tmp/dealer/requirements.txt > /tmp/dealer/ours.txt \
    && pip3 install --no-cache-dir --break-system-packages --ignore-installed -c /tmp/dealer/constraints.txt -r /tmp/dealer/ours.txt \
    && pip3 install --no-cache-dir --break-system-packages --no-deps -r /tmp/dealer/requirements-oca.txt \
    && rm -rf /tmp/dealer
COPY addons /opt/dealer/addons
COPY config/odoo.conf /etc/odoo/odoo.conf
USER odoo
